import type { DebeziumColumn } from './columns.ts';
import { type ConnectField, type ConnectSchema, optional, plain } from './connect-schema.ts';

const TRANSACTION: ConnectSchema = {
  type: 'struct',
  isOptional: true,
  fields: [
    { name: 'id', schema: plain('string') },
    { name: 'total_order', schema: plain('int64') },
    { name: 'data_collection_order', schema: plain('int64') },
  ],
  name: 'event.block',
  version: 1,
};

/** Schema of a record's value: `before after source transaction op ts_ms ts_us ts_ns`. `baseName`: see names.ts. */
export function envelopeSchema(
  baseName: string,
  columns: readonly DebeziumColumn[],
  source: ConnectSchema,
): ConnectSchema {
  const row: ConnectSchema = { ...struct(columns), isOptional: true, name: `${baseName}.Value` };
  return {
    type: 'struct',
    isOptional: false,
    fields: [
      { name: 'before', schema: row },
      { name: 'after', schema: row },
      { name: 'source', schema: source },
      { name: 'transaction', schema: TRANSACTION },
      { name: 'op', schema: plain('string') },
      { name: 'ts_ms', schema: optional(plain('int64')) },
      { name: 'ts_us', schema: optional(plain('int64')) },
      { name: 'ts_ns', schema: optional(plain('int64')) },
    ],
    name: `${baseName}.Envelope`,
    version: 2,
  };
}

/** Schema of a record's key. */
export function keySchema(baseName: string, key: readonly DebeziumColumn[]): ConnectSchema {
  return { ...struct(key), name: `${baseName}.Key` };
}

function struct(columns: readonly DebeziumColumn[]): ConnectSchema {
  return {
    type: 'struct',
    isOptional: false,
    fields: columns.map(({ name, schema }): ConnectField => ({ name, schema })),
  };
}
