import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compilePartitioner, topicName, topicNameFault, topicTemplateFault } from './route.ts';

const NAMES = { database: 'shop', schema: 'public', table: 'orders' };
const auto = (template?: string, names = NAMES) => topicName({ policy: 'auto', template }, names);

/** Hashes by Kafka's own classes: test/fixtures/murmur2/Generate.java. */
const VECTORS = JSON.parse(
  readFileSync(new URL('../../test/fixtures/murmur2/vectors.json', import.meta.url), 'utf8'),
) as readonly { readonly hex: string; readonly positive: number }[];
const positiveOf = (text: string) => VECTORS.find(({ hex }) => hex === Buffer.from(text).toString('hex'))!.positive;

describe('topicName', () => {
  it('fills the template, in our and in the style of DataArts', () => {
    expect(auto()).toBe('shop.public.orders');
    expect(auto('cdc-${table}')).toBe('cdc-orders');
    expect(auto('#{source_db_name}_#{source_schema_name}_#{source_table_name}')).toBe('shop_public_orders');
  });

  it('replaces every character that Kafka cannot take by one underscore', () => {
    expect(auto('${schema}/${table}', { ...NAMES, table: 'Order Größe 😀$' })).toBe('public_Order_Gr__e___');
  });

  it('does not expand what a name brings along', () => {
    expect(auto('${table}', { ...NAMES, table: '${schema}' })).toBe('__schema_');
  });

  it('takes a fixed name as it is', () => {
    expect(topicName({ policy: 'fixed', name: 'all.changes' }, NAMES)).toBe('all.changes');
  });

  it.each([
    ['a name of dots', { policy: 'auto', template: '${table}' }, '..'],
    ['a name that is too long', { policy: 'auto', template: '${table}' }, 'x'.repeat(250)],
    ['a fixed name with illegal characters', { policy: 'fixed', name: 'a b' }, 'orders'],
    ['a missing fixed name', { policy: 'fixed' }, 'orders'],
  ] as const)('refuses %s', (_, policy, table) => {
    expect(() => topicName(policy, { ...NAMES, table })).toThrow(expect.objectContaining({ code: 'TOPIC_INVALID' }));
  });

  it('accepts 249 characters', () => {
    expect(topicNameFault('x'.repeat(249))).toBeNull();
  });

  it('names an unknown variable', () => {
    expect(topicTemplateFault('${database}.${tabel}')).toContain('${tabel}');
    expect(topicTemplateFault('#{source_table}')).toContain('#{source_table}');
    expect(topicTemplateFault('${database}.${table')).toContain('not closed');
    expect(topicTemplateFault('${database}.${table}')).toBeNull();
  });
});

describe('compilePartitioner', () => {
  const key = Buffer.from('{"id":"7"}');
  const padded = Buffer.concat([key, Buffer.from('garbage of an earlier key')]);

  it.each([1, 3, 12, 300])('puts records where the Java client would, with %i partitions', (partitions) => {
    const of = (policy: Parameters<typeof compilePartitioner>[0], length = key.length) =>
      compilePartitioner(policy, NAMES, partitions)(padded, length);
    const byTable = positiveOf('shop.public.orders') % partitions;
    const byKey = positiveOf('{"id":"7"}') % partitions;
    expect(of('table-hash')).toBe(byTable);
    expect(of('schema-hash')).toBe(positiveOf('shop.public') % partitions);
    expect(of('partition-0')).toBe(0);
    expect(of('primary-key-hash')).toBe(byKey);
    expect(of('record-key')).toBe(byKey);
    expect(of('primary-key-hash', -1)).toBe(byTable);
    expect(of('record-key', -1)).toBe(byTable);
  });

  it('follows every golden hash', () => {
    const partitioner = compilePartitioner('record-key', NAMES, 7);
    for (const { hex, positive } of VECTORS) {
      const bytes = Buffer.from(hex, 'hex');
      expect(partitioner(bytes, bytes.length)).toBe(positive % 7);
    }
  });
});
