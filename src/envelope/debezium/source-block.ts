import type { TableContext } from '../envelope.ts';
import type { Constant, MemberPlan, NumberField, ValuePlan } from '../plan.ts';
import { type ConnectField, type ConnectSchema, optional, plain } from './connect-schema.ts';
import { CONNECTOR_VERSIONS, type Profile } from './settings.ts';

/** One field of the block: its schema and what it holds. */
interface SourceField extends ConnectField {
  readonly value: ValuePlan;
}

export interface SourceBlock {
  readonly schema: ConnectSchema;
  readonly value: ValuePlan;
}

const ALLOWED_SNAPSHOTS: Readonly<Record<Profile, string>> = {
  '2.7': 'true,last,false,incremental',
  '3.1': 'true,first,first_in_data_collection,last_in_data_collection,last,false,incremental',
  '3.6': 'true,first,first_in_data_collection,last_in_data_collection,last,false,incremental',
  mysql: 'true,first,first_in_data_collection,last_in_data_collection,last,false,incremental',
};

/**
 * Where a change comes from. Of PostgreSQL's connector:
 * `version connector name ts_ms snapshot db sequence ts_us ts_ns schema table txId lsn xmin`, since 3.5 `origin origin_lsn`.
 *
 * Profile `mysql`, for readers that know only MySQL's block:
 * `version connector name ts_ms snapshot db sequence ts_us ts_ns table server_id gtid file pos row thread query`. There `db` is
 * the database and `table` the table without its schema; `pos` is the LSN and `file` the constant `wal`, so that positions
 * grow; `server_id` and `row` are 0; what only MySQL has is null.
 */
export function sourceBlock(profile: Profile, serverName: string, context: TableContext): SourceBlock {
  const head = commonFields(profile, serverName, context);
  const fields = [...head, ...(profile === 'mysql' ? mysqlFields(context) : postgresFields(profile, context))];
  const connector = profile === 'mysql' ? 'mysql' : 'postgresql';
  return {
    schema: {
      type: 'struct',
      isOptional: false,
      fields: fields.map(({ name, schema }) => ({ name, schema })),
      name: `io.debezium.connector.${connector}.Source`,
      ...(profile !== '2.7' && { version: 1 }),
    },
    value: { kind: 'object', members: fields.map(({ name, value }): MemberPlan => ({ name, value })) },
  };
}

function commonFields(profile: Profile, serverName: string, { database }: TableContext): readonly SourceField[] {
  return [
    constant('version', plain('string'), CONNECTOR_VERSIONS[profile]),
    constant('connector', plain('string'), profile === 'mysql' ? 'mysql' : 'postgresql'),
    constant('name', plain('string'), serverName),
    number('ts_ms', plain('int64'), 'commit-ms'),
    // Null while streaming; JsonConverter prints the default in its place.
    constant('snapshot', snapshotSchema(profile), 'false'),
    constant('db', plain('string'), database),
    { name: 'sequence', schema: optional(plain('string')), value: { kind: 'text', field: 'sequence' } },
    number('ts_us', optional(plain('int64')), 'commit-us'),
    number('ts_ns', optional(plain('int64')), 'commit-ns'),
  ];
}

function snapshotSchema(profile: Profile): ConnectSchema {
  return {
    type: 'string',
    isOptional: true,
    name: 'io.debezium.data.Enum',
    version: 1,
    parameters: { allowed: ALLOWED_SNAPSHOTS[profile] },
    default: { kind: 'constant', value: 'false' },
  };
}

function postgresFields(profile: Profile, { description }: TableContext): readonly SourceField[] {
  const { schema, table } = description.relation;
  const fields: SourceField[] = [
    constant('schema', plain('string'), schema),
    constant('table', plain('string'), table),
    number('txId', optional(plain('int64')), 'xid'),
    number('lsn', optional(plain('int64')), 'lsn'),
    constant('xmin', optional(plain('int64')), null),
  ];
  if (profile !== '3.6') return fields;
  return [
    ...fields,
    { name: 'origin', schema: optional(plain('string')), value: { kind: 'text', field: 'origin' } },
    number('origin_lsn', optional(plain('int64')), 'origin-lsn'),
  ];
}

function mysqlFields({ description }: TableContext): readonly SourceField[] {
  return [
    constant('table', optional(plain('string')), description.relation.table),
    constant('server_id', plain('int64'), 0),
    constant('gtid', optional(plain('string')), null),
    constant('file', plain('string'), 'wal'),
    number('pos', plain('int64'), 'lsn'),
    constant('row', plain('int32'), 0),
    constant('thread', optional(plain('int64')), null),
    constant('query', optional(plain('string')), null),
  ];
}

function constant(name: string, schema: ConnectSchema, value: Constant): SourceField {
  return { name, schema, value: { kind: 'constant', value } };
}

function number(name: string, schema: ConnectSchema, field: NumberField): SourceField {
  return { name, schema, value: { kind: 'number', field } };
}
