import { describe, expect, it } from 'vitest';
import type { RowView } from '../../src/domain/cell.ts';
import { CdcError } from '../../src/domain/errors.ts';
import { createPgoutputDecoder } from '../../src/source/decode/pgoutput.ts';
import { MessageSplitter } from '../../src/source/message-splitter.ts';
import { seeded } from '../support/random.ts';
import { Story } from '../support/story.ts';
import { COPY_BOTH, keepalive, WalBuilder } from '../support/wal-builder.ts';

const CASES = 100_000;
const TABLE = { oid: 7, table: 't', columns: [{ name: 'id', flags: 1 }, { name: 'name' }, { name: 'note' }] };

const wal = new WalBuilder(0x1_0000_0000n)
  .message('free', 'text', false)
  .begin()
  .origin('node_b')
  .type(99, 'mood')
  .relation(TABLE)
  .insert(7, ['1', 'größe', null])
  .update(7, ['1', '', undefined], { kind: 'K', cells: ['1', null, null] })
  .update(7, ['2', 'x', 'y'], { kind: 'O', cells: ['1', 'a', 'b'] })
  .delete(7, 'O', ['2', 'x', 'y'])
  .truncate([7], 1)
  .commit();

/** Flips bits, overwrites bytes (lengths, counts), cuts or lengthens a copy of `bytes`. */
function damage(bytes: Buffer, random: (below: number) => number): Buffer {
  let copy = Buffer.from(bytes);
  for (let hits = 1 + random(3); hits > 0 && copy.length > 0; hits--) {
    const at = random(copy.length);
    const kind = random(5);
    if (kind === 0) copy[at] = copy[at]! ^ (1 << random(8));
    else if (kind === 1) copy[at] = [0, 1, 0x7f, 0x80, 0xff][random(5)]!;
    else if (kind === 2) copy.fill(0xff, at, Math.min(at + 4, copy.length));
    else if (kind === 3) copy = copy.subarray(0, at);
    else copy = Buffer.concat([copy, Buffer.alloc(1 + random(4), random(256))]);
  }
  return copy;
}

/** Runs `attempt`: it may succeed or throw a CdcError; anything else is a bug. Returns whether it failed. */
function failsCleanly(attempt: () => void): boolean {
  try {
    attempt();
    return false;
  } catch (error) {
    if (error instanceof CdcError && error.code === 'DECODE_FAILED') return true;
    throw error;
  }
}

/** The end of the cell that reaches furthest. */
function reach(row: RowView, columns: number): number {
  let end = 0;
  for (let c = 0; c < columns; c++) end = Math.max(end, row.offset[c]! + Math.max(0, row.length[c]!));
  return end;
}

describe('pgoutput fuzz', () => {
  it('decodes a damaged frame or refuses it, and reads no cell outside of it', () => {
    const random = seeded(20_261_121).below;
    let refused = 0;
    for (let i = 0; i < CASES; i++) {
      const target = random(wal.frames.length);
      const frame = damage(wal.frames[target]!.payload, random);
      // In the middle of other bytes, as in a chunk.
      const chunk = Buffer.concat([Buffer.alloc(8, 'n'), frame, Buffer.alloc(8, 'n')]);
      const story = new Story();
      story.change = ({ relation, before, after }) => {
        for (const row of [before, after]) {
          if (row?.bytes === chunk) expect(reach(row, relation.columns.length)).toBeLessThanOrEqual(8 + frame.length);
        }
      };
      const decoder = createPgoutputDecoder(story);
      for (const { payload } of wal.frames.slice(0, target)) decoder.frame(payload, 0, payload.length, 1, 1);
      if (failsCleanly(() => decoder.frame(chunk, 8, 8 + frame.length, 1, 1))) refused++;
    }
    expect(refused).toBeGreaterThan(CASES / 4);
    expect(refused).toBeLessThan(CASES);
  });

  it('splits and decodes a damaged byte stream in any cuts, or refuses it', () => {
    const random = seeded(7).below;
    const stream = Buffer.concat([COPY_BOTH, keepalive(1n), wal.bytes(), keepalive(2n, true)]);
    let refused = 0;
    for (let i = 0; i < CASES / 10; i++) {
      const bytes = damage(stream, random);
      const splitter = new MessageSplitter(createPgoutputDecoder(new Story()), () => undefined);
      const feed = () => {
        for (let at = 0; at < bytes.length; ) {
          const next = at + 1 + random(200);
          splitter.push(bytes.subarray(at, next));
          splitter.walk(random(20));
          at = next;
        }
        while (splitter.hasRest) splitter.walk(5);
      };
      if (failsCleanly(feed)) refused++;
    }
    expect(refused).toBeGreaterThan(CASES / 40);
  });
});
