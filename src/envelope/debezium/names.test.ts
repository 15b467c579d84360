import { describe, expect, it } from 'vitest';
import type { Relation } from '../../domain/relation.ts';
import { fieldNames, type NameAdjustment, schemaBaseName } from './names.ts';

const relation = (schema: string, table: string, columns: readonly string[] = []): Relation => ({
  oid: 1,
  schema,
  table,
  replicaIdentity: 'd',
  columns: columns.map((name) => ({ name, typeOid: 25, typeModifier: -1, isIdentity: false })),
});

describe('names of Debezium schemas and fields', () => {
  it.each([
    ['none', 'gold._ch_ma_.1st-t_', ['1st', 'sp ace', '中', '_u']],
    ['avro', 'gold._ch_ma_.1st_t_', ['_1st', 'sp_ace', '_', '_u']],
    ['avro-unicode', 'gold._u005fch_u005fma_u005f.1st_u002dt_u005f', ['_u0031st', 'sp_u0020ace', '_u4e2d', '_u005fu']],
  ] as const)('under %s', (adjustment: NameAdjustment, base, fields) => {
    const names = relation('$chéma%', '1st-t*', ['1st', 'sp ace', '中', '_u']);
    expect(schemaBaseName('gold', names, adjustment)).toBe(base);
    expect(fieldNames(names, adjustment)).toEqual(fields);
  });

  it('sanitise by UTF-16 unit, and put a letter in front of a leading digit', () => {
    expect(schemaBaseName('gold', relation('public', 'émoji😀'), 'none')).toBe('gold.public._moji__');
    expect(schemaBaseName('1st', relation('a', 'b'), 'avro')).toBe('_1st.a.b');
  });

  it('are refused where two columns get the same', () => {
    const clash = relation('public', 't', ['a b', 'a-b']);
    expect(() => fieldNames(clash, 'avro')).toThrow(expect.objectContaining({ code: 'OPTION_UNSUPPORTED' }));
    expect(fieldNames(clash, 'avro-unicode')).toEqual(['a_u0020b', 'a_u002db']);
  });
});
