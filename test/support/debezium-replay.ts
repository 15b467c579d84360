import type { LogicalMessage, Transaction } from '../../src/domain/change.ts';
import { type Lsn, lsnHalves, parseLsn } from '../../src/domain/lsn.ts';
import type { Relation } from '../../src/domain/relation.ts';
import { createJsonCodec } from '../../src/envelope/codec/json.ts';
import type { DebeziumRun } from '../../src/envelope/debezium/settings.ts';
import type { CompiledEnvelope } from '../../src/envelope/envelope.ts';
import type { EnvelopeOptions } from '../../src/envelope/options.ts';
import { debeziumShape } from '../../src/envelope/shape/debezium.ts';
import { createPgoutputDecoder } from '../../src/source/decode/pgoutput.ts';
import { describeRecorded } from './debezium-catalog.ts';
import { type Message, messagesOf } from './debezium-messages.ts';
import type { RecordedCatalog, RecordedStream } from './debezium-recording.ts';

const BEGIN = 0x42; // B
const RELATION = 0x52; // R

/** The messages that the recorded WAL becomes. `run.unknownTypes` is `drop` where Debezium's own messages are expected. */
export function replay(stream: RecordedStream, options: EnvelopeOptions, run: DebeziumRun): readonly Message[] {
  const shape = debeziumShape(options, run);
  const codec = createJsonCodec({ escape: 'connect' });
  const announced = new Map<number, Relation>();
  const envelopes = new Map<Relation, CompiledEnvelope>();
  const messages: Message[] = [];
  let transaction: Transaction | null = null;
  let previousLsn: Lsn | null = null;
  let catalog: RecordedCatalog = stream;
  const decoder = createPgoutputDecoder({
    begin(begun) {
      transaction = begun;
      transaction.previousLsn = previousLsn;
    },
    change(change) {
      messages.push(...messagesOf(envelopes.get(change.relation)!, change, transaction!));
    },
    commit(endLsn) {
      previousLsn = endLsn;
    },
    truncate() {},
    relation(relation) {
      announced.set(relation.oid, relation);
    },
    message({ transactional, lsn }: LogicalMessage) {
      if (!transactional) previousLsn = lsn;
    },
  });
  const compile = (relation: Relation) => {
    const description = describeRecorded(relation, catalog);
    const context = { database: stream.database, taskName: 'unused', dialect: 'postgres', description } as const;
    envelopes.set(relation, codec.compile(shape.plan(context)));
  };
  for (const frame of stream.frames) {
    if (frame.type !== 'w') continue;
    const bytes = Buffer.from(frame.payload, 'base64');
    if (bytes[0] === BEGIN) catalog = catalogAt(stream, bytes.readBigUInt64BE(1));
    const { lsnHigh, lsnLow } = lsnHalves(parseLsn(frame.start));
    decoder.frame(bytes, 0, bytes.length, lsnHigh, lsnLow);
    // Announced again, even as it was, it may have another catalog entry (DROP NOT NULL, SET DEFAULT).
    if (bytes[0] === RELATION) compile(announced.get(bytes.readUInt32BE(1))!);
  }
  return messages;
}

/**
 * The catalog a connector saw of a transaction: in `live` recordings that after the step that wrote it, else that after all
 * steps.
 */
function catalogAt(stream: RecordedStream, commitLsn: bigint): RecordedCatalog {
  const changes = stream.catalogChanges ?? [];
  const step = stream.live ? stream.steps.findIndex(({ lsn }) => parseLsn(lsn) >= commitLsn) : stream.steps.length;
  return changes.findLast(({ afterStep }) => afterStep <= step)?.catalog ?? stream;
}
