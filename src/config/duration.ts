const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/;
/** Node's timers take at most 2^31 - 1 ms and fire at once beyond that. */
const MAX_MS = 2_147_483_647;

/** Reads `30s`, `1500ms`, `5m`, `1h` or a bare number of seconds as milliseconds; null when it is none of these or too long. */
export function parseDuration(text: string): number | null {
  const match = DURATION.exec(text.trim());
  if (!match) return null;
  const milliseconds = Math.round(Number(match[1]) * UNITS_MS[match[2] ?? 's']!);
  return milliseconds <= MAX_MS ? milliseconds : null;
}
