import { describe, expect, it } from 'vitest';
import { sqlTypeCode } from './scalars.ts';

describe('sqlType', () => {
  it.each([
    ['bool', 16, 16],
    ['bytea', 17, -2],
    ['int8', 20, -5],
    ['int2', 21, 5],
    ['int4', 23, 4],
    ['text', 25, -1],
    ['float4', 700, 7],
    ['float8', 701, 8],
    ['bpchar', 1042, 1],
    ['varchar', 1043, 12],
    ['date', 1082, 91],
    ['time', 1083, 92],
    ['timestamp', 1114, 93],
    ['timestamptz', 1184, 2014],
    ['timetz', 1266, 2013],
    ['bit', 1560, -7],
    ['numeric', 1700, 2],
    ['json', 114, 1111],
    ['jsonb', 3802, 1111],
    ['uuid', 2950, 1111],
    ['inet', 869, 1111],
    ['interval', 1186, 1111],
    ['money', 790, 1111],
    ['xml', 142, 1111],
    ['name', 19, 12],
    ['openGauss tinyint', 5545, -6],
    ['openGauss blob', 88, 2004],
  ])('of %s', (_, oid, code) => {
    expect(sqlTypeCode(oid, 'b')).toBe(code);
  });

  it('of arrays is 2003 and of enums, ranges and composites 1111', () => {
    expect(sqlTypeCode(1007, 'A')).toBe(2003);
    expect(['e', 'r', 'c'].map((category) => sqlTypeCode(99_999, category))).toEqual([1111, 1111, 1111]);
  });
});
