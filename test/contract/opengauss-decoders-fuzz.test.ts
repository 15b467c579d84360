import { describe, expect, it } from 'vitest';
import type { RowView } from '../../src/domain/cell.ts';
import type { Change, ChangeHandler } from '../../src/domain/change.ts';
import { CdcError } from '../../src/domain/errors.ts';
import { damage } from '../support/damage.ts';
import { OPENGAUSS_DECODERS } from '../support/opengauss-decoders.ts';
import { RecordedShapes, recordedContent } from '../support/opengauss-recordings.ts';
import { seeded } from '../support/random.ts';
import { recordedTransactions } from '../support/recorded-transactions.ts';

/** Cases per way of packing records; most decoders know two. */
const CASES = 50_000;
const CASES_OF: Readonly<Record<string, number>> = { 'mppdb-serial': 2 * CASES, pgoutput: 2 * CASES };
/** Small ones: most of their bytes are structure. */
const SCENARIOS = ['ddl', 'names', 'ops-identity', 'types-numeric', 'types-binary', 'types-other', 'ustore'];
const LARGEST_FRAME = 2_000;
const PADDING = 8;
/** More turns than a small transaction can need. */
const MOST_TURNS = 1_000;

/** A chunk with a frame in its middle. */
interface Chunk {
  readonly bytes: Buffer;
  readonly end: number;
}

function chunkOf(frame: Buffer): Chunk {
  const bytes = Buffer.alloc(frame.length + 2 * PADDING, 'n');
  frame.copy(bytes, PADDING);
  return { bytes, end: PADDING + frame.length };
}

/** Reads where every cell lies, and refuses one outside of the frame, or of the buffer into which it was unescaped. */
class CellInspector implements ChangeHandler {
  damaged: Chunk = chunkOf(Buffer.alloc(0));

  change({ relation, before, after, beforeKind }: Change): void {
    if ((before === null) !== (beforeKind === 'none')) throw new Error(`${beforeKind} does not fit the old row`);
    if (before !== null) this.#inspect(before, relation.columns.length);
    if (after !== null) this.#inspect(after, relation.columns.length);
  }

  begin(): void {}
  commit(): void {}
  truncate(): void {}
  relation(): void {}
  message(): void {}

  #inspect({ bytes, offset, length }: RowView, columns: number): void {
    const isFrame = bytes === this.damaged.bytes;
    const start = isFrame ? PADDING : 0;
    const end = isFrame ? this.damaged.end : bytes.length;
    for (let i = 0; i < columns; i++) {
      const size = length[i]!;
      const isInside = size < 0 || (offset[i]! >= start && offset[i]! + size <= end);
      if (!isInside || !(size >= -2)) throw new Error(`cell ${i} is at ${offset[i]}, ${size} of ${start} … ${end}`);
    }
  }
}

/** Runs `attempt`: it may succeed or be refused with a report; anything else is a bug. Returns whether it was refused. */
function isRefused(attempt: () => void): boolean {
  try {
    attempt();
    return false;
  } catch (error) {
    const isReport = error instanceof CdcError && error.code === 'DECODE_FAILED';
    if (isReport && typeof error.data.lsn === 'string' && typeof error.data.hex === 'string') return true;
    throw error;
  }
}

describe.each(Object.keys(OPENGAUSS_DECODERS))('%s fuzz', (variant) => {
  const sources = SCENARIOS.map((scenario) => ({
    shapes: new RecordedShapes(recordedContent(scenario), 'asked'),
    transactions: recordedTransactions(scenario, variant)
      .filter((frames) => frames.every(({ length }) => length < LARGEST_FRAME))
      .map((frames) => frames.map((frame) => ({ frame, chunk: chunkOf(frame) }))),
  }));
  const cases = CASES_OF[variant] ?? CASES;

  it(`decodes a damaged frame or refuses it, ${cases} times`, () => {
    const random = seeded(20_261_121);
    const inspector = new CellInspector();
    const control = { mayGoOn: () => random.chance(0.9), reached: () => undefined };
    let refused = 0;
    for (let i = 0; i < cases; i++) {
      const { shapes, transactions } = random.pick(sources);
      const frames = random.pick(transactions);
      const target = random.below(frames.length);
      const chunks = frames.map(({ chunk }) => chunk);
      inspector.damaged = chunkOf(damage(frames[target]!.frame, random));
      chunks[target] = inspector.damaged;
      const decoder = OPENGAUSS_DECODERS[variant]!({ handler: inspector, control, shapes });
      // Some have seen the same rows before, and know their columns.
      const all = random.chance(0.3) ? [...frames.map(({ chunk }) => chunk), ...chunks] : chunks;
      const feed = () => {
        for (const { bytes, end } of all) {
          decoder.frame(bytes, PADDING, end, 1, 1);
          for (let turn = 0; decoder.hasRest; turn++) {
            if (turn > MOST_TURNS) throw new Error('the decoder does not get on');
            decoder.goOn();
          }
        }
      };
      if (isRefused(feed)) refused++;
    }
    expect(refused).toBeGreaterThan(cases / 4);
    expect(refused).toBeLessThan(cases);
  });
});
