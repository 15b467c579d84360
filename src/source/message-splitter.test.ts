import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backendMessage, COPY_BOTH, keepalive, WalBuilder, xlogData } from '../../test/support/wal-builder.ts';
import { MessageSplitter } from './message-splitter.ts';

const TABLE = { oid: 1, table: 't', columns: [{ name: 'a' }, { name: 'b' }] };

/** Feeds chunks and returns what was handed over, as text; `stopAfter` stops the walk after each such message. */
function split(chunks: readonly Buffer[], { frames = true, stopEach = false, limit = 1000 } = {}): string[] {
  const heard: string[] = [];
  const hear = (text: string) => {
    heard.push(text);
    if (stopEach) splitter.stop();
  };
  const splitter = new MessageSplitter(
    frames
      ? {
          frame: (bytes, start, end, high, low) =>
            hear(`frame ${high.toString(16)}/${low.toString(16)} ${bytes.toString('latin1', start, end)}`),
        }
      : null,
    (bytes) => hear(`message ${bytes.toString('latin1')}`),
  );
  for (const chunk of chunks) {
    splitter.push(chunk);
    if (!stopEach) splitter.walk(limit);
  }
  while (splitter.hasRest) {
    const before = heard.length;
    splitter.walk(limit);
    if (stopEach) expect(heard.length - before).toBeLessThanOrEqual(1);
  }
  return heard;
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % bytes.length))].sort((a, b) => a - b);
  return [...sorted, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : sorted[i - 1], end));
}

const STREAM = Buffer.concat([
  backendMessage('R', Buffer.from([0, 0, 0, 0])),
  backendMessage('D', Buffer.from('wrong, not a frame')),
  COPY_BOTH,
  keepalive(0x1_0000n),
  new WalBuilder(0x7_ffff_ff00n)
    .begin()
    .relation(TABLE)
    .insert(1, ['1', null])
    .insert(1, ['', 'x'.repeat(300)])
    .bytes(),
  keepalive(0x7_ffff_ffffn, true),
  backendMessage('d'),
  new WalBuilder(0xffff_ffff_0000_0000n).insert(1, ['3', undefined]).commit().bytes(),
  backendMessage('c'),
  backendMessage('Z', Buffer.from('I')),
]);
const WHOLE = split([STREAM]);

describe('MessageSplitter', () => {
  it('hands frames over as places in the chunk and the rest as whole messages, in order', () => {
    expect(WHOLE.map((text) => text.slice(0, 9))).toEqual([
      'message R',
      'message D',
      'message W',
      'message d',
      'frame 7/f',
      'frame 0/0',
      'frame 7/f',
      'frame 7/f',
      'message d',
      'message d',
      'frame fff',
      'frame fff',
      'message c',
      'message Z',
    ]);
  });

  it('tells the same however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(STREAM.length - 1), { maxLength: 40 }), (places) => {
        expect(split(cut(STREAM, places))).toEqual(WHOLE);
      }),
    );
  });

  it('tells the same byte by byte', () => {
    expect(split([...STREAM].map((byte) => Buffer.from([byte])))).toEqual(WHOLE);
  });

  it('tells the same when it is stopped after every message, with chunks piling up behind', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(STREAM.length - 1), { maxLength: 20 }), (places) => {
        expect(split(cut(STREAM, places), { stopEach: true })).toEqual(WHOLE);
      }),
    );
  });

  it('tells the same with any limit per walk', () => {
    for (const limit of [1, 2, 3, 5]) expect(split(cut(STREAM, [7, 100, 101, 300]), { limit })).toEqual(WHOLE);
  });

  it('hands over frames where they lie, without copying them', () => {
    const bytes = Buffer.concat([COPY_BOTH, xlogData(1n, Buffer.from('abc'))]);
    let seen: Buffer | null = null;
    const splitter = new MessageSplitter({ frame: (chunk) => (seen = chunk) }, () => {});
    splitter.push(bytes);
    splitter.walk(10);
    expect(seen).toBe(bytes);
  });

  it('takes CopyData for an ordinary message before CopyBoth, after ReadyForQuery, and where nobody wants frames', () => {
    const row = backendMessage('d', Buffer.from('w'.repeat(40)));
    expect(split([row])).toEqual([`message ${row.toString('latin1')}`]);
    expect(split([COPY_BOTH, backendMessage('c'), xlogData(1n, Buffer.from('x'))]).at(-1)).toBe('frame 0/1 x');
    expect(split([COPY_BOTH, backendMessage('Z', Buffer.from('I')), row]).at(-1)).toBe(
      `message ${row.toString('latin1')}`,
    );
    expect(split([STREAM], { frames: false }).every((text) => text.startsWith('message'))).toBe(true);
  });

  it('copies a message of many chunks once', () => {
    const payload = Buffer.alloc(20_000_000, 'p');
    const bytes = Buffer.concat([COPY_BOTH, xlogData(5n, payload), keepalive(6n)]);
    const heard: [Buffer, number][] = [];
    const splitter = new MessageSplitter({ frame: (chunk, start, end) => heard.push([chunk, end - start]) }, () => {});
    for (let at = 0; at < bytes.length; at += 1000) {
      splitter.push(bytes.subarray(at, at + 1000));
      splitter.walk(1000);
    }
    expect(heard.map(([chunk, size]) => [chunk.length, size])).toEqual([[payload.length + 30, payload.length]]);
  });

  it('goes on behind the message during which it was stopped', () => {
    const heard: number[] = [];
    const splitter = new MessageSplitter(
      { frame: (_bytes, _start, _end, _high, low) => heard.push(low) && low === 2 && splitter.stop() },
      () => {},
    );
    splitter.push(Buffer.concat([COPY_BOTH, ...[1n, 2n, 3n].map((lsn) => xlogData(lsn, Buffer.alloc(1)))]));
    splitter.walk(100);
    expect([heard, splitter.hasRest]).toEqual([[1, 2], true]);
    splitter.walk(100);
    expect([heard, splitter.hasRest]).toEqual([[1, 2, 3], false]);
  });

  it.each([0, 3, 0x4000_0401, 0xffff_ffff])('refuses the message length %i', (length) => {
    const header = Buffer.from([0x64, 0, 0, 0, 0]);
    header.writeUInt32BE(length, 1);
    expect(() => split([header])).toThrow(expect.objectContaining({ code: 'DECODE_FAILED' }));
    expect(() => split([header.subarray(0, 2), header.subarray(2)])).toThrow(/message length/);
  });

  it('refuses XLogData that is shorter than its header', () => {
    expect(() => split([COPY_BOTH, backendMessage('d', Buffer.from('w123'))])).toThrow(/XLogData/);
  });
});
