import { expect, it } from 'vitest';
import { readText, writeText } from '../../../test/support/conversion.ts';
import { seeded } from '../../../test/support/random.ts';
import { readBit, writeBits, writeBitsBase64 } from './bit.ts';

it.each([
  ['1', true],
  ['0', false],
  ['', null],
])('the bit %j is %s', (text, value) => {
  expect(readText(text, readBit)).toBe(value);
});

it.each([
  ['10101010', 'qg=='],
  ['100000001', 'AQE='],
  ['100000000000000000000000000000011', 'AwAAAAE='],
  ['101', 'BQ=='],
  ['00000000', ''],
  ['', ''],
  ['0000000011111111000000001', 'Af4B'],
  ['100000000', 'AAE='],
])('the bits %j are %s', (text, base64) => {
  expect(writeText(text, writeBitsBase64)).toBe(base64);
});

it.each(['2', '1 ', '12', 't'])('refuses %j', (text) => {
  const refusal = expect.objectContaining({ code: 'CONVERSION_FAILED' });
  expect(() => readText(text, readBit)).toThrow(refusal);
  expect(() => writeText(text, writeBits)).toThrow(refusal);
});

it('agrees with BigInt', () => {
  const random = seeded(20);
  for (let i = 0; i < 1000; i++) {
    const text = Array.from({ length: 1 + random.below(80) }, () => random.below(2)).join('');
    let rest = BigInt(`0b${text}`);
    const bytes: number[] = [];
    for (; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 255n));
    expect(writeText(text, writeBits, 'hex')).toBe(Buffer.from(bytes).toString('hex'));
  }
});
