/** States a task shows (contract). */
export const TASK_STATES = [
  'CONFIGURATION',
  'PRECHECKING',
  'PENDING_START',
  'STARTING',
  'START_FAILED',
  'FULL_SYNC',
  'FULL_SYNC_FAILED',
  'INCREMENTAL',
  'INCREMENTAL_FAILED',
  'RETRYING',
  'PAUSING',
  'PAUSED',
  'MODIFYING',
  'STOPPING',
  'STOP_FAILED',
  'COMPLETED',
] as const;

export type TaskState = (typeof TASK_STATES)[number];

/** What the user asked for, kept apart from what is. `idle`: never started. */
export type DesiredState = 'idle' | 'running' | 'stopped';

export type CheckStatus = 'PASSED' | 'ALARM' | 'FAILED';

/** One line of a precheck report (contract). */
export interface CheckResult {
  readonly id: string;
  readonly group: 'source' | 'target' | 'objects';
  readonly status: CheckStatus;
  readonly message: string;
  readonly cause?: string;
  readonly cure?: string;
  /** Ready-to-run statements that cure it. */
  readonly sql?: readonly string[];
}

export interface PrecheckReport {
  readonly status: 'RUNNING' | CheckStatus;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly checks: readonly CheckResult[];
}

/** FAILED beats ALARM beats PASSED. */
export function worstStatus(checks: readonly CheckResult[]): CheckStatus {
  if (checks.some((check) => check.status === 'FAILED')) return 'FAILED';
  return checks.some((check) => check.status === 'ALARM') ? 'ALARM' : 'PASSED';
}

/** Where a stream goes on after a restart (design §5.9). */
export interface Checkpoint {
  /** End LSN of the last transaction that is wholly acknowledged; START_REPLICATION begins here. */
  readonly lsn: string;
  /** Number of the first selected change after `lsn`. */
  readonly nextEventNumber: number;
  /** End LSN of the last transaction that the stream brought; null: none yet. An idle stream's `lsn` lies behind it. */
  readonly lastCommitLsn: string | null;
  /**
   * Set when a stop cut a transaction: changes numbered up to this one are acknowledged already and are not sent again.
   * `lastLsn` is the LSN of that change: if the replayed one differs the stream stops with POSITION_MISMATCH.
   */
  readonly publishedThrough: { readonly eventNumber: number; readonly lsn: string } | null;
}

/** Kafka producer identity of a stream (design §5.8). */
export interface ProducerIdentity {
  readonly producerId: string;
  readonly epoch: number;
  /** Cluster that gave the id; in another cluster the same number may be someone else's. Absent: not known. */
  readonly clusterId?: string;
}
