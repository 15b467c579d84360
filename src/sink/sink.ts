import type { ByteWriter } from '../domain/byte-writer.ts';
import type { KafkaEndpoint } from '../domain/endpoints.ts';
import type { CdcError } from '../domain/errors.ts';
import type { CheckResult, ProducerIdentity } from '../domain/task.ts';
import type { SinkLimits } from './limits.ts';

/** A topic as the task wants it. Settings apply only when the topic is created. */
export interface TopicPlan {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
  /** False for policy `fixed`… topics that must exist; true: Gausscast creates it when missing. */
  readonly create: boolean;
  /** Partition count stored at first use; later partitions are not used until an explicit restart. Null: first use. */
  readonly knownPartitions: number | null;
}

/** A topic ready for records. Lane of partition p is `firstLane + p`. */
export interface TopicTarget {
  readonly name: string;
  /** Partitions in use (knownPartitions where given). */
  readonly partitions: number;
  /** Partitions the topic has now; more than `partitions` when someone added some. */
  readonly actualPartitions: number;
  readonly firstLane: number;
  readonly created: boolean;
}

export interface SinkEvents {
  /** Every record of all batches up to and including this ticket's is acknowledged (acks=all). Called in ticket order. */
  acknowledged(ticket: number): void;
  /** The session is over: nothing more will be acknowledged. */
  failed(error: CdcError): void;
}

/**
 * One publishing session of a stream. Records are written synchronously into an open arena:
 * `beginRecord` → write the value into the returned writer → `endValue` → write the headers into the same writer → `endRecord`.
 */
export interface SinkSession {
  /** Creates or opens the topic. Not on the hot path. Errors: TOPIC_MISSING, TOPIC_INVALID, KAFKA_*. */
  openTopic(plan: TopicPlan): Promise<TopicTarget>;
  /** Opened topics that have more partitions now than this session uses. Asks the cluster. Errors: KAFKA_*. */
  grownTopics(): Promise<readonly string[]>;
  /** Starts a record; `keyLength` -1 is a null key. The key bytes are copied. Returns the arena's writer, placed at the value. */
  beginRecord(lane: number, key: Uint8Array, keyLength: number): ByteWriter;
  /** Ends the value; `isNull` makes it a tombstone (then nothing may have been written). */
  endValue(isNull: boolean): void;
  /** Ends the record after `headerCount` headers were written in record format v2 (varint key length, key, varint value length, value). */
  endRecord(headerCount: number): void;
  /** Records in the open arena. */
  readonly openRecords: number;
  /** The open arena reached its size (in all, or for one partition) and should be flushed. */
  readonly isFull: boolean;
  /** Closes the open arena under `ticket` (strictly increasing) and queues it; an empty arena is acknowledged in its turn. */
  flush(ticket: number): void;
  /** Closed arenas not acknowledged yet. */
  readonly inFlightBatches: number;
  /** Bytes held: open arena, queued and in-flight requests. */
  readonly heldBytes: number;
  /** Record and byte totals of this session, as acknowledged. */
  readonly totals: { readonly records: number; readonly bytes: number; readonly retries: number };
  /** Ends the session at once; queued batches are given up (they were never acknowledged). Safe to call twice. */
  close(): Promise<void>;
}

export interface SinkSessionRequest {
  readonly endpoint: KafkaEndpoint;
  /** client.id, shown in broker logs. */
  readonly clientId: string;
  /** Last identity of this stream, null at its first session. */
  readonly previousProducer: ProducerIdentity | null;
  /** Must be stored before the first record is sent; called once per session with the identity it will use. */
  readonly storeProducer: (identity: ProducerIdentity) => void;
  /** Sizes and times that differ from the defaults. */
  readonly limits?: Partial<SinkLimits>;
}

export interface TargetPrecheckRequest {
  readonly endpoint: KafkaEndpoint;
  /** Topics the task will use, with the tables that map to each (`schema.table`). */
  readonly topics: readonly {
    readonly plan: TopicPlan;
    readonly tables: readonly string[];
    readonly sharedOnPurpose: boolean;
  }[];
  readonly clientId: string;
}

export interface SinkDriver {
  open(request: SinkSessionRequest, events: SinkEvents): Promise<SinkSession>;
  precheck(request: TargetPrecheckRequest): Promise<readonly CheckResult[]>;
  testConnection(endpoint: KafkaEndpoint, clientId: string): Promise<readonly CheckResult[]>;
}
