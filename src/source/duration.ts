import { CdcError } from '../domain/errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  '': 1,
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a time setting as SHOW prints it: `1min`, `30s`, `0`. Errors: SOURCE_QUERY. */
export function parseDurationMs(text: string): number {
  const match = /^(\d+)\s*([a-z]*)$/.exec(text.trim());
  const unit = UNIT_MS[match?.[2] ?? '?'];
  if (!match || unit === undefined) throw new CdcError('SOURCE_QUERY', `cannot read the time setting "${text}"`);
  return Number(match[1]) * unit;
}
