import { recordedFrames } from './opengauss-recordings.ts';

const LENGTH_BYTES = 4;
const LSN_BYTES = 8;
const BEGIN_LETTERS = 'Bb';

/** The payloads of a recording by transaction. Batches are taken apart and packed again, one for each transaction. */
export function recordedTransactions(scenario: string, variant: string): Buffer[][] {
  const frames = recordedFrames(scenario, variant).map(({ payload }) => payload);
  if (!variant.endsWith('-batch')) {
    const kindAt = variant === 'parallel-binary' ? LENGTH_BYTES + LSN_BYTES : 0;
    return grouped(frames, kindAt);
  }
  const markBytes = variant.startsWith('parallel-binary') ? 1 : 0;
  const records = frames.flatMap((batch) => recordsOf(batch, markBytes));
  return grouped(records, LENGTH_BYTES + LSN_BYTES).map((all) => [Buffer.concat([...all, Buffer.alloc(LENGTH_BYTES)])]);
}

/** A new group with every BEGIN, which is known by the letter at `kindAt`. */
function grouped(records: readonly Buffer[], kindAt: number): Buffer[][] {
  const groups: Buffer[][] = [];
  for (const record of records) {
    if (BEGIN_LETTERS.includes(String.fromCharCode(record[kindAt]!))) groups.push([]);
    groups.at(-1)!.push(record);
  }
  return groups;
}

/** The records of a batch, each with its length and the mark behind it. */
function recordsOf(batch: Buffer, markBytes: number): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < batch.length; ) {
    const length = batch.readUInt32BE(at);
    if (length === 0) break;
    const end = at + LENGTH_BYTES + length + markBytes;
    records.push(batch.subarray(at, end));
    at = end;
  }
  return records;
}
