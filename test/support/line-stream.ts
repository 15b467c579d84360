import { formatLsn, type Lsn, lsnHalves } from '../../src/domain/lsn.ts';
import type { DecoderParts } from '../../src/source/decode/decoder-parts.ts';
import type { FrameDecoder } from '../../src/source/decode/frame-decoder.ts';
import type { ShapeSource } from '../../src/source/decode/shapes.ts';
import { ByteSink } from './byte-sink.ts';
import { FakeShapes } from './fake-shapes.ts';
import { Story } from './story.ts';

/** The commit time that `TIME` names. */
export const TIME = '2026-11-21 01:54:28.328986+00';
export const TIME_US = 1_795_226_068_328_986;

/** Names, types and literals of a row as the JSON style lists them. */
export type ListedRow = readonly (readonly [name: string, type: string, literal: string])[];

/** A change as the JSON style prints it. */
export function jsonChange(
  op: 'INSERT' | 'UPDATE' | 'DELETE',
  table: string,
  after: ListedRow,
  old: ListedRow,
): string {
  const list = (row: ListedRow, field: 0 | 1 | 2) => row.map((column) => column[field]);
  return JSON.stringify({
    table_name: table,
    op_type: op,
    columns_name: list(after, 0),
    columns_type: list(after, 1),
    columns_val: list(after, 2),
    old_keys_name: list(old, 0),
    old_keys_type: list(old, 1),
    old_keys_val: list(old, 2),
  });
}

/** Records of text as one frame of a batch, each with its LSN; `end`: the mark behind the last one. */
export function batchFrame(records: readonly (readonly [lsn: bigint, text: string])[], end = true): Buffer {
  const sink = new ByteSink();
  for (const [lsn, text] of records) {
    const bytes = Buffer.from(text);
    sink
      .uint32(8 + bytes.length)
      .int64(lsn)
      .bytes(bytes);
  }
  return end ? sink.uint32(0).toBuffer() : sink.toBuffer();
}

/** A decoder of text records and what it tells. `mayGoOn`: how the stream answers. */
export class LineStream {
  readonly story = new Story();
  /** Positions told, each with the number of events before it. */
  readonly reached: [lsn: string, events: number][] = [];
  readonly decoder: FrameDecoder;
  mayGoOn = true;

  constructor(decoderOf: (parts: DecoderParts) => FrameDecoder, shapes: ShapeSource = new FakeShapes()) {
    this.decoder = decoderOf({
      handler: this.story,
      control: {
        mayGoOn: () => this.mayGoOn,
        reached: (lsn: Lsn) => this.reached.push([formatLsn(lsn), this.story.events.length]),
      },
      shapes,
    });
  }

  /** Hands over frames of one record each, in the middle of other bytes, and goes on until all is told. */
  tell(lsn: bigint, ...records: (string | Buffer)[]): this {
    for (const record of records) {
      this.give(lsn, record);
      for (let turn = 0; this.decoder.hasRest && turn < 100; turn++) this.decoder.goOn();
    }
    return this;
  }

  /** Hands over one frame, and leaves a rest. */
  give(lsn: bigint, record: string | Buffer): void {
    const payload = Buffer.from(record);
    const chunk = Buffer.concat([Buffer.from('"\''), payload, Buffer.from('\'"]}')]);
    const { lsnHigh, lsnLow } = lsnHalves(lsn as Lsn);
    this.decoder.frame(chunk, 2, 2 + payload.length, lsnHigh, lsnLow);
  }
}
