import { ByteWriter } from '../domain/byte-writer.ts';
import type { Change, Transaction } from '../domain/change.ts';
import type { TableDescription } from '../domain/relation.ts';
import type { CompiledEnvelope, Envelope } from '../envelope/envelope.ts';
import type { SinkSession, TopicTarget } from '../sink/sink.ts';
import { compileHeaders, type HeaderTemplate, writeHeaders } from './headers.ts';
import { type CompiledKey, compileKey, compileStringKey } from './record-key.ts';
import { compilePartitioner, type Partitioner, type PartitionPolicy } from './route.ts';

/** Changes published per table, since the stream began. */
export interface BindingCounters {
  readonly schema: string;
  readonly table: string;
  readonly topic: string;
  inserted: number;
  updated: number;
  deleted: number;
}

/** Everything compiled for one relation version: per row only bytes are moved. */
export interface Binding {
  readonly envelope: CompiledEnvelope;
  /** The contract's default key: what the partition hangs on, and the record's key unless it has another. */
  readonly key: CompiledKey;
  /** Writes the record's key where that is not the default key. */
  readonly writeKey: CompiledEnvelope['writeKey'];
  readonly partitioner: Partitioner;
  readonly partitionByRecordKey: boolean;
  readonly firstLane: number;
  readonly headers: HeaderTemplate;
  readonly counters: BindingCounters;
}

export interface BindingRequest {
  readonly taskId: string;
  readonly taskName: string;
  readonly database: string;
  readonly dialect: 'postgres' | 'opengauss' | 'gaussdb';
  /** Null for a task with a single node. */
  readonly node: string | null;
  readonly description: TableDescription;
  readonly envelope: Envelope;
  /** Option `envelope.key`. */
  readonly recordKey: 'default' | 'debezium' | 'avro' | 'string' | undefined;
  readonly policy: PartitionPolicy;
  readonly topic: TopicTarget;
  readonly counters: BindingCounters;
}

/** Compiles a relation version for publishing. */
export function compileBinding(request: BindingRequest): Binding {
  const { database, description, topic } = request;
  const { schema, table } = description.relation;
  const { taskName, dialect } = request;
  const envelope = request.envelope.compile({ database, taskName, dialect, description });
  return {
    envelope,
    key: compileKey(description),
    writeKey: request.recordKey === 'string' ? stringKeyWriter(description) : envelope.writeKey,
    partitioner: compilePartitioner(request.policy, { database, schema, table }, topic.partitions),
    partitionByRecordKey: request.policy === 'record-key',
    firstLane: topic.firstLane,
    headers: compileHeaders(request.taskId, schema, table, request.node),
    counters: request.counters,
  };
}

/** Writes changes into the sink's open arena. Holds the scratch space of keys, so one per stream. */
export class ChangePublisher {
  readonly #sink: SinkSession;
  readonly #defaultKey = new ByteWriter(1024);
  readonly #ownKey = new ByteWriter(1024);

  constructor(sink: SinkSession) {
    this.#sink = sink;
  }

  /** Appends every record the change becomes. Throws KEY_UNAVAILABLE when the server did not send the key. */
  publish(binding: Binding, change: Change, transaction: Transaction, nowMs: number): void {
    const { envelope } = binding;
    for (const part of envelope.parts(change)) {
      const key = this.#defaultKey;
      key.position = 0;
      let keyBytes = key;
      let keyLength = binding.key.write(change, part.keyRow, key) ? key.position : -1;
      const defaultLength = keyLength;
      if (binding.writeKey !== null) {
        keyBytes = this.#ownKey;
        keyBytes.position = 0;
        keyLength = binding.writeKey(part, change, keyBytes) ? keyBytes.position : -1;
      }
      const partition = binding.partitionByRecordKey
        ? binding.partitioner(keyBytes.bytes, keyLength)
        : binding.partitioner(key.bytes, defaultLength);
      const out = this.#sink.beginRecord(binding.firstLane + partition, keyBytes.bytes, keyLength);
      if (part.hasValue) envelope.writeValue(part, change, transaction, nowMs, out);
      this.#sink.endValue(!part.hasValue);
      const own = envelope.writeHeaders?.(part, change, transaction, nowMs, out) ?? 0;
      this.#sink.endRecord(own + writeHeaders(binding.headers, part.op, change, transaction.xid, out));
    }
    count(binding.counters, change);
  }
}

function stringKeyWriter(description: TableDescription): CompiledEnvelope['writeKey'] {
  const key = compileStringKey(description);
  return (part, change, out) => key.write(change, part.keyRow, out);
}

function count(counters: BindingCounters, change: Change): void {
  if (change.op === 'c') counters.inserted++;
  else if (change.op === 'u') counters.updated++;
  else counters.deleted++;
}
