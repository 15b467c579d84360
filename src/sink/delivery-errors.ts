import type { ErrorCode } from '../domain/error-table.ts';
import { CdcError } from '../domain/errors.ts';
import { FRAME_PREFIX } from './closed-arena.ts';
import { CODE, codeName } from './kafka-codes.ts';
import type { Lane } from './lane.ts';

const INVALID_RECORD = 87;

/** A partition refused its batch for good. */
export function deliveryError(lane: Lane, code: ErrorCode, kafkaCode: number): CdcError {
  const place = `${lane.topic}-${lane.partition}`;
  const data = { topic: lane.topic, partition: lane.partition, kafkaError: codeName(kafkaCode) };
  const message = `Kafka refused records for ${place}: ${codeName(kafkaCode)}`;
  if (kafkaCode !== INVALID_RECORD) return new CdcError(code, message, { data });
  const hint = `A topic with cleanup.policy=compact takes no records without key; give ${lane.topic} another cleanup.policy or the tables a primary key.`;
  return new CdcError(code, message, { data, hint });
}

/** The batch is larger than the topic (or any broker) takes; a batch of several records is always kept below. */
export function recordTooLarge(lane: Lane, kafkaCode: number): CdcError {
  const head = lane.queue[0]!;
  const batchBytes = head.frame.length - FRAME_PREFIX;
  const data = {
    topic: lane.topic,
    partition: lane.partition,
    batchBytes,
    records: head.recordCount,
    maxMessageBytes: lane.maxMessageBytes,
    kafkaError: codeName(kafkaCode),
  };
  const message = `a record for ${lane.topic}-${lane.partition} needs ${batchBytes} bytes, the topic takes ${lane.maxMessageBytes}`;
  return new CdcError('RECORD_TOO_LARGE', message, { data });
}

/** The topic (or the partition) is unknown to the cluster for too long to be a matter of metadata. */
export function topicGone(lane: Lane): CdcError {
  return new CdcError(
    'TOPIC_MISSING',
    `topic ${lane.topic} has no partition ${lane.partition} any more: was it deleted?`,
    {
      data: { topic: lane.topic, partition: lane.partition },
      hint: `Create topic ${lane.topic} again with the partitions it had, then start the task again.`,
    },
  );
}

/** Retries used up the delivery timeout. */
export function lateError(lane: Lane, timeoutMs: number, cause: CdcError | null): CdcError {
  const isNetwork = lane.lastCode === CODE.NETWORK && cause !== null;
  const reason = isNetwork ? cause.message : codeName(lane.lastCode);
  const message = `records for ${lane.topic}-${lane.partition} could not be published for ${timeoutMs} ms: ${reason}`;
  const data = { topic: lane.topic, partition: lane.partition, tries: lane.tries };
  return new CdcError(isNetwork ? 'KAFKA_UNREACHABLE' : 'KAFKA_SESSION_ENDED', message, {
    data,
    ...(cause === null ? {} : { cause }),
  });
}
