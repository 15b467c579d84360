import type { Arena } from './arena.ts';
import { BATCH_HEADER } from './record-batch.ts';

/** A batch travels behind its partition number and its size, as a Produce request wants it: int32, int32. */
export const FRAME_PREFIX = 8;

/** Where a batch of a gathered arena lies: `bytes[start … end)`, prefix and room for the header included. */
export interface GatheredBatch {
  readonly lane: number;
  readonly recordCount: number;
  readonly start: number;
  readonly end: number;
}

/** Bytes `gatherRecords` needs. */
export function gatheredSize(arena: Arena): number {
  let size = 0;
  for (let batch = 0; batch < arena.batchCount; batch++) size += FRAME_PREFIX + BATCH_HEADER + arena.batchBytes[batch]!;
  return size;
}

/** Copies every record once, behind the others of its batch; prefixes and headers are left to be filled in. */
export function gatherRecords(arena: Arena, target: Buffer): GatheredBatch[] {
  const { batchCount } = arena;
  const places = new Int32Array(batchCount);
  const batches: GatheredBatch[] = [];
  for (let batch = 0, start = 0; batch < batchCount; batch++) {
    places[batch] = start + FRAME_PREFIX + BATCH_HEADER;
    const end = places[batch]! + arena.batchBytes[batch]!;
    batches.push({ lane: arena.batchLane[batch]!, recordCount: arena.batchRecords[batch]!, start, end });
    start = end;
  }
  copyRuns(arena, target, places);
  return batches;
}

function copyRuns(arena: Arena, target: Buffer, places: Int32Array): void {
  const { recordBatch, recordStart, recordEnd, recordCount } = arena;
  const source = arena.writer.bytes;
  for (let i = 0; i < recordCount; ) {
    const batch = recordBatch[i]!;
    const start = recordStart[i]!;
    let end = recordEnd[i]!;
    // Neighbours of one batch without a gap are one copy: with a single partition that is nearly the whole arena.
    for (i++; i < recordCount && recordBatch[i] === batch && recordStart[i] === end; i++) end = recordEnd[i]!;
    const at = places[batch]!;
    source.copy(target, at, start, end);
    places[batch] = at + end - start;
  }
}
