/** Sizes and times of a publishing session. */
export interface SinkLimits {
  /** The open arena is full at this size; it grows beyond only for a record that needs it. */
  readonly arenaBytes: number;
  /** Highest record bytes in one batch; the topic's max.message.bytes lowers it. */
  readonly batchBytes: number;
  /** Highest sum of batches in one Produce request; a single greater batch goes alone. */
  readonly requestBytes: number;
  /** A batch above this is not sent: brokers drop the connection over socket.request.max.bytes (default 100 MiB). */
  readonly sendableBytes: number;
  /** How long a request may stay unanswered before the connection counts as dead. */
  readonly requestTimeoutMs: number;
  /** How long a partition may refuse or not be reachable before the session ends. */
  readonly deliveryTimeoutMs: number;
  /** How long a topic may be unknown to the cluster before it counts as deleted. */
  readonly unknownTopicTimeoutMs: number;
}

export const DEFAULT_SINK_LIMITS: SinkLimits = {
  arenaBytes: 2 * 1024 * 1024,
  batchBytes: 900_000,
  requestBytes: 16 * 1024 * 1024,
  sendableBytes: 100 * 1024 * 1024 - 64 * 1024,
  requestTimeoutMs: 30_000,
  deliveryTimeoutMs: 120_000,
  unknownTopicTimeoutMs: 30_000,
};

/** Kafka's own default of max.message.bytes, used where the topic's may not be read. */
export const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;

/** Room for the batch header and for what a broker counts on top. */
const BATCH_MARGIN = 200;

/** Record bytes one batch of a topic may hold. */
export function laneLimit(limits: SinkLimits, maxMessageBytes: number): number {
  return Math.max(1, Math.min(limits.batchBytes, maxMessageBytes - BATCH_MARGIN));
}
