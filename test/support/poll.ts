import { setTimeout as sleep } from 'node:timers/promises';

export type PollOptions = { timeoutMs?: number; everyMs?: number };

const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_EVERY_MS = 50;

/**
 * Asks again and again until `probe` gives something (anything but undefined, null and false), and gives that; throws after the
 * timeout, saying `what` was waited for and what the last answer was.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  options: PollOptions = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  for (const deadline = Date.now() + timeoutMs; ; ) {
    const answer = await probe();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await sleep(options.everyMs ?? DEFAULT_EVERY_MS);
  }
}
