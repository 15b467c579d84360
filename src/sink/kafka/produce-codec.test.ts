import { describe, expect, it } from 'vitest';
import { decodeProduceAnswer, encodeProduce } from './produce-codec.ts';

const entry = (topic: string, partition: number, text = 'frame') => ({ topic, partition, frame: Buffer.from(text) });

function answer(topics: Readonly<Record<string, Readonly<Record<number, number>>>>, throttleMs = 0): Buffer {
  const parts: Buffer[] = [int32(Object.keys(topics).length)];
  for (const [topic, partitions] of Object.entries(topics)) {
    const name = Buffer.from(topic);
    parts.push(int16(name.length), name, int32(Object.keys(partitions).length));
    for (const [partition, code] of Object.entries(partitions)) {
      parts.push(int32(Number(partition)), int16(code), Buffer.alloc(24));
    }
  }
  return Buffer.concat([...parts, int32(throttleMs)]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

describe('Produce v7', () => {
  it('is written as the protocol wants it, frames as they are', () => {
    const entries = [entry('a', 0, 'f0'), entry('a', 3, 'f3'), entry('bb', 1, 'g1')];
    const chunks = encodeProduce({ correlationId: 9, clientId: 'me', timeoutMs: 24_000 }, entries);
    expect(chunks).toContain(entries[1]?.frame);
    const body = Buffer.concat([
      ...[int16(0), int16(7), int32(9), int16(2), Buffer.from('me'), int16(-1), int16(-1), int32(24_000), int32(2)],
      ...[int16(1), Buffer.from('a'), int32(2), Buffer.from('f0f3')],
      ...[int16(2), Buffer.from('bb'), int32(1), Buffer.from('g1')],
    ]);
    expect(Buffer.concat(chunks)).toEqual(Buffer.concat([int32(body.length), body]));
  });

  it('gives an error code per entry, whatever the order of the answer', () => {
    const entries = [entry('a', 0), entry('a', 1), entry('b', 0)];
    const payload = answer({ b: { 0: 6 }, a: { 1: 0, 0: 47 } }, 250);
    expect(decodeProduceAnswer(payload, entries)).toEqual({ codes: [47, 0, 6], throttleMs: 250 });
  });

  it('takes no answer that leaves an entry out or is cut short', () => {
    const entries = [entry('a', 0), entry('a', 1)];
    const whole = answer({ a: { 0: 0, 1: 0 } });
    const refused = expect.objectContaining({ code: 'KAFKA_SESSION_ENDED', retry: 'timed' });
    expect(() => decodeProduceAnswer(answer({ a: { 0: 0 } }), entries)).toThrow(refused);
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeProduceAnswer(whole.subarray(0, length), entries)).toThrow(refused);
    }
  });
});
