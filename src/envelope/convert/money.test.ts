import { expect, it } from 'vitest';
import { readText } from '../../../test/support/conversion.ts';
import { readMoney } from './money.ts';

it.each<[string, number | bigint]>([
  ['$1,234.56', 123456],
  ['$0.00', 0],
  ['-$0.01', -1],
  ['$92,233,720,368,547,758.07', 9223372036854775807n],
  ['-$92,233,720,368,547,758.08', -9223372036854775808n],
  ['($1.00)', -100],
  ['€1.234,50', 123450],
  ['1.234.567,00 €', 123456700],
  ['1 234,5 €', 123450],
  ['−1 234,50 kr', -123450],
  ["CHF 1'234.50", 123450],
  ['Rs.12,34,567.00', 123456700],
  ['¥1,234', 123400],
  ['¥1,234,567', 123456700],
  ['1.234', 123400],
  ['KD 1,234.565', 123457],
  ['7', 700],
])('%s', (text, hundredths) => {
  expect(readText(text, readMoney)).toBe(hundredths);
});

it.each(['', '$', 'abc', '1 a 2'])('refuses %j', (text) => {
  expect(() => readText(text, readMoney)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
});
