const ZERO = 0x30;
const US_PER_SECOND = 1_000_000;
/** `YYYY-MM-DD HH:MM:SS` */
const SECONDS_END = 19;

/**
 * Reads a commit time as openGauss prints it, `YYYY-MM-DD HH:MM:SS[.f…]±HH[:MM[:SS]]` at `bytes[start … end)` (contrib
 * mppdb_decoding.cpp, parallel_reorderbuffer.cpp: timestamptz_to_str with ISO dates, the fraction without trailing zeros).
 * Returns microseconds since 1970-01-01 UTC, exact until the year 2255; NaN for any other text.
 */
export function readCommitTimeUs(bytes: Buffer, start: number, end: number): number {
  const seconds = readSeconds(bytes, start, end);
  let at = start + SECONDS_END;
  let micros = 0;
  if (bytes[at] === 0x2e) {
    at++;
    let unit = US_PER_SECOND / 10;
    for (; at < end && isDigit(bytes[at]!) && unit >= 1; at++, unit /= 10) micros += (bytes[at]! - ZERO) * unit;
  }
  return (seconds - readZoneSeconds(bytes, at, end)) * US_PER_SECOND + micros;
}

function readSeconds(bytes: Buffer, start: number, end: number): number {
  if (end - start < SECONDS_END + 1) return Number.NaN;
  const isPunctuated =
    bytes[start + 4] === 0x2d && bytes[start + 7] === 0x2d && bytes[start + 13] === 0x3a && bytes[start + 16] === 0x3a;
  if (!isPunctuated) return Number.NaN;
  const year = readNumber(bytes, start, 4);
  const month = readNumber(bytes, start + 5, 2);
  const day = readNumber(bytes, start + 8, 2);
  const time =
    readNumber(bytes, start + 11, 2) * 3600 + readNumber(bytes, start + 14, 2) * 60 + readNumber(bytes, start + 17, 2);
  return Date.UTC(year, month - 1, day) / 1000 + time;
}

function readZoneSeconds(bytes: Buffer, at: number, end: number): number {
  const sign = bytes[at] === 0x2b ? 1 : bytes[at] === 0x2d ? -1 : Number.NaN;
  const length = end - at;
  if (length !== 3 && length !== 6 && length !== 9) return Number.NaN;
  let seconds = readNumber(bytes, at + 1, 2) * 3600;
  if (length > 3) seconds += bytes[at + 3] === 0x3a ? readNumber(bytes, at + 4, 2) * 60 : Number.NaN;
  if (length > 6) seconds += bytes[at + 6] === 0x3a ? readNumber(bytes, at + 7, 2) : Number.NaN;
  return sign * seconds;
}

function readNumber(bytes: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) value = isDigit(bytes[i]!) ? value * 10 + bytes[i]! - ZERO : Number.NaN;
  return value;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}
