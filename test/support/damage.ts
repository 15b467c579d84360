import type { Random } from './random.ts';

/** Bytes that mean something to one format or another: ends of ranges, quotes, brackets, separators, record types. */
const TELLING = Buffer.from('\0\u0001\x7f"\'\\[]{},:. nBCIUDNOPFXT', 'latin1');
const MOST_HITS = 3;
const LONGEST_PIECE = 12;

const HITS: readonly ((bytes: Buffer, at: number, random: Random) => Buffer)[] = [
  function flipBit(bytes, at, random) {
    bytes[at] = bytes[at]! ^ (1 << random.below(8));
    return bytes;
  },
  function overwrite(bytes, at, random) {
    bytes[at] = random.pick(TELLING as unknown as readonly number[]);
    return bytes;
  },
  function largestLength(bytes, at) {
    return bytes.fill(0xff, at, Math.min(at + 4, bytes.length));
  },
  function nearLength(bytes, at, random) {
    bytes[at] = bytes[at]! + random.below(7) - 3;
    return bytes;
  },
  function cut(bytes, at) {
    return bytes.subarray(0, at);
  },
  function append(bytes, _, random) {
    return Buffer.concat([bytes, Buffer.alloc(1 + random.below(4), random.below(256))]);
  },
  function takeOut(bytes, at, random) {
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(LONGEST_PIECE))]);
  },
  function repeat(bytes, at, random) {
    return Buffer.concat([bytes.subarray(0, at + 1 + random.below(LONGEST_PIECE)), bytes.subarray(at)]);
  },
];

/** A copy of `bytes` with up to three faults: bits, bytes and lengths that are wrong, parts that are missing or repeated. */
export function damage(bytes: Buffer, random: Random): Buffer {
  let copy: Buffer = Buffer.from(bytes);
  for (let hits = 1 + random.below(MOST_HITS); hits > 0 && copy.length > 0; hits--) {
    copy = random.pick(HITS)(copy, random.below(copy.length), random);
  }
  return copy;
}
