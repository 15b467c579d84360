import type { ErrorCode } from '../domain/error-table.ts';
import { CODE } from './kafka-codes.ts';

/**
 * What follows from the error code a partition got for its batch.
 * done: the batch is in the log. retry: the same bytes go again after new metadata. fail: the session ends.
 */
export type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry' }
  | { readonly kind: 'fail'; readonly code: ErrorCode };

const DONE: Verdict = { kind: 'done' };
const RETRY: Verdict = { kind: 'retry' };
const fail = (code: ErrorCode): Verdict => ({ kind: 'fail', code });

/** A batch that arrives damaged this often in a row is damaged here, not on the way. */
const CORRUPT_TRIES = 3;
const CORRUPT_MESSAGE = 2;

/** Codes that pass by themselves, after a while or with new metadata. */
const RETRIABLE = new Set<number>([
  CODE.UNKNOWN_TOPIC,
  CODE.LEADER_NOT_AVAILABLE,
  6, // NOT_LEADER_OR_FOLLOWER
  7, // REQUEST_TIMED_OUT
  8, // BROKER_NOT_AVAILABLE
  9, // REPLICA_NOT_AVAILABLE
  CODE.NETWORK,
  14, // COORDINATOR_LOAD_IN_PROGRESS
  15, // COORDINATOR_NOT_AVAILABLE
  16, // NOT_COORDINATOR
  19, // NOT_ENOUGH_REPLICAS
  20, // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  51, // CONCURRENT_TRANSACTIONS
  56, // KAFKA_STORAGE_ERROR
  89, // THROTTLING_QUOTA_EXCEEDED
]);

const FAILURES: Readonly<Record<number, ErrorCode>> = {
  10: 'RECORD_TOO_LARGE',
  18: 'RECORD_TOO_LARGE',
  29: 'KAFKA_PERMISSION',
  31: 'KAFKA_PERMISSION',
  53: 'KAFKA_PERMISSION',
  33: 'KAFKA_AUTH',
  34: 'KAFKA_AUTH',
  58: 'KAFKA_AUTH',
  // A later session of this stream has raised the epoch.
  47: 'KAFKA_FENCED',
  90: 'KAFKA_FENCED',
  // The broker's producer state and ours differ; the next session begins with a new epoch and sequence 0.
  45: 'KAFKA_SESSION_ENDED',
  59: 'KAFKA_SESSION_ENDED',
  17: 'TOPIC_INVALID',
};

/** DUPLICATE_SEQUENCE_NUMBER: an earlier try of the same bytes was written and only its answer was lost. */
const DUPLICATE = 46;

/** Judges an error code; `tries` counts how often in a row this batch has been refused, this time included. */
export function judge(code: number, tries: number): Verdict {
  if (code === CODE.NONE || code === DUPLICATE) return DONE;
  if (code === CORRUPT_MESSAGE) return tries < CORRUPT_TRIES ? RETRY : fail('KAFKA_REQUEST');
  if (RETRIABLE.has(code)) return RETRY;
  return fail(FAILURES[code] ?? 'KAFKA_REQUEST');
}

/** Whether a request may simply be repeated (used for metadata and producer ids). */
export function isRetriable(code: number): boolean {
  return RETRIABLE.has(code) || code === 41;
}
