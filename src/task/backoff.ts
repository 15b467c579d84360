import type { RetryClass } from '../domain/error-table.ts';

export interface RetryPolicy {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * Wait before attempt `attempt` (1 = first retry), in ms: doubles each time up to `maxDelayMs`, and a random half of it
 * is left out so that tasks which failed together do not come back together. `random`: 0 … 1.
 */
export function backoffMs(attempt: number, policy: RetryPolicy, random: number): number {
  // Past 2^30 the product would leave the exact integers long after the cap was reached.
  const doublings = Math.min(Math.max(attempt - 1, 0), 30);
  const full = Math.min(policy.initialDelayMs * 2 ** doublings, policy.maxDelayMs);
  return Math.round(full / 2 + (full / 2) * random);
}

export interface FailureCounts {
  /** Failures in a row, this one included. */
  readonly failures: number;
  /** Those among them that wait for someone to act, this one included if it is one. */
  readonly manualFailures: number;
}

/**
 * Wait before the next attempt in ms, or null to give up: timed errors are retried until it works, others
 * `maxAttempts` times, and what would do harm when repeated (a wrong password locks accounts) never.
 */
export function retryDelayMs(
  retry: RetryClass,
  counts: FailureCounts,
  policy: RetryPolicy & { readonly maxAttempts: number },
  random: number,
): number | null {
  if (retry === 'never') return null;
  if (retry === 'manual' && counts.manualFailures > policy.maxAttempts) return null;
  return backoffMs(counts.failures, policy, random);
}
