import { expect, it } from 'vitest';
import { readText, writeText } from '../../../test/support/conversion.ts';
import { appendWkb, readPoint } from './point.ts';

it.each([
  ['(1.5,-2)', { x: 1.5, y: -2 }, 'AQEAAAAAAAAAAAD4PwAAAAAAAADA'],
  ['(1e+300,0.1)', { x: 1e300, y: 0.1 }, 'AQEAAACcdQCIPOQ3fpqZmZmZmbk/'],
  ['(0,-0)', { x: 0, y: -0 }, 'AQEAAAAAAAAAAAAAAAAAAAAAAACA'],
])('%s', (text, point, wkb) => {
  expect(readText(text, readPoint)).toEqual(point);
  expect(writeText(text, (b, s, e, out) => appendWkb(readPoint(b, s, e), out), 'base64')).toBe(wkb);
});

it.each(['', '()', '(1)', '(1,)', '(,1)', '1,2', '(1,2', '(1,2,3)', '(a,b)'])('refuses %j', (text) => {
  expect(() => readText(text, readPoint)).toThrow(expect.objectContaining({ code: 'CONVERSION_FAILED' }));
});
