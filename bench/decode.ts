import type { ChangeHandler } from '../src/domain/change.ts';
import { type Lsn, lsnHalves } from '../src/domain/lsn.ts';
import type { FrameDecoder } from '../src/source/decode/frame-decoder.ts';
import { OPENGAUSS_DECODERS } from '../test/support/opengauss-decoders.ts';
import {
  type RecordedContent,
  RecordedShapes,
  recordedContent,
  recordedFrames,
  SCENARIOS,
} from '../test/support/opengauss-recordings.ts';
import type { WalFrame } from '../test/support/wal-builder.ts';
import { BENCH_CONTENT, generatedFrames } from './decode-streams.ts';

/**
 * `npm run bench:decode`: CPU time per change of each openGauss decoder, from frames in memory to row views that nobody
 * reads. First a generated table of 8 columns and about 200 bytes of cells, then the recorded streams.
 */
const ROUNDS = 15;
const MIN_ROUND_CHANGES = 20_000;
const NOT_PUBLISHED = 'no-identity';

class ChangeCounter implements ChangeHandler {
  changes = 0;
  change(): void {
    this.changes++;
  }
  begin(): void {}
  commit(): void {}
  truncate(): void {}
  relation(): void {}
  message(): void {}
}

/** Frames side by side in one buffer, and a decoder for them: all transactions are complete, so it can read them again. */
class Stream {
  readonly bytes: Buffer;
  readonly #places: readonly { start: number; end: number; lsnHigh: number; lsnLow: number }[];
  readonly #decoder: FrameDecoder;

  constructor(variant: string, frames: readonly WalFrame[], content: RecordedContent, handler: ChangeHandler) {
    let end = 0;
    this.bytes = Buffer.concat(frames.map(({ payload }) => payload));
    this.#places = frames.map(({ lsn, payload }) => {
      end += payload.length;
      return { start: end - payload.length, end, ...lsnHalves(lsn as Lsn) };
    });
    const control = { mayGoOn: () => true, reached: () => undefined };
    const shapes = new RecordedShapes(content, 'asked');
    this.#decoder = OPENGAUSS_DECODERS[variant]!({ handler, control, shapes });
  }

  decode(): void {
    const decoder = this.#decoder;
    for (const { start, end, lsnHigh, lsnLow } of this.#places) {
      decoder.frame(this.bytes, start, end, lsnHigh, lsnLow);
      while (decoder.hasRest) decoder.goOn();
    }
  }
}

/** Prints one line: the least CPU time of a round, because other work on the machine only adds to it. */
function measure(name: string, streams: readonly Stream[], counter: ChangeCounter): void {
  const decodeAll = () => {
    for (const stream of streams) stream.decode();
  };
  counter.changes = 0;
  decodeAll();
  const changes = counter.changes;
  const bytes = streams.reduce((sum, stream) => sum + stream.bytes.length, 0);
  const repeats = Math.ceil(MIN_ROUND_CHANGES / changes);
  let micros = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < repeats; i++) decodeAll();
    const { user, system } = process.cpuUsage(before);
    micros = Math.min(micros, (user + system) / repeats);
  }
  const cells = [
    name.padEnd(21),
    String(changes).padStart(7),
    (bytes / changes).toFixed(0).padStart(12),
    (micros / changes).toFixed(2).padStart(13),
    (bytes / micros).toFixed(0).padStart(6),
  ];
  console.log(cells.join(' | '));
}

function heading(title: string): void {
  console.log(`\n${title}\ndecoder               | changes | B per change | µs per change |   MB/s`);
}

const variants = Object.keys(OPENGAUSS_DECODERS);
console.log(`Node ${process.version}`);
heading('generated: 8 columns, 60 % inserts, 25 % updates, 15 % deletes, 1,000 per transaction');
for (const variant of variants) {
  const counter = new ChangeCounter();
  measure(variant, [new Stream(variant, generatedFrames(variant), BENCH_CONTENT, counter)], counter);
}
heading('recorded: small transactions of many tables, a few large values');
for (const variant of variants) {
  const counter = new ChangeCounter();
  const scenarios = SCENARIOS.filter((scenario) => variant !== 'pgoutput' || scenario !== NOT_PUBLISHED);
  const streams = scenarios.map(
    (scenario) => new Stream(variant, recordedFrames(scenario, variant), recordedContent(scenario), counter),
  );
  measure(variant, streams, counter);
}
