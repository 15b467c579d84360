import { HEARTBEAT_TABLE } from '../../../src/domain/decoding.ts';
import { ROLE, ROLE_MEMBER, SESSION, USAGE } from '../../../src/source/opengauss/precheck-facts.ts';
import { heartbeatFactsSql } from '../../../src/source/opengauss/precheck-heartbeat.ts';
import { accessSql, deferrableKeysSql, ownersSql } from '../../../src/source/opengauss/precheck-objects.ts';
import { tableKindsSql } from '../../../src/source/opengauss/table-kinds.ts';
import type { ModelTable } from './model.ts';
import { mayUse } from './privileges.ts';
import { built, exactly, literals, type SqlHandler, type Statement, select } from './statement.ts';

/** What only prechecks ask. */
export const PRECHECK_ANSWERS: readonly SqlHandler[] = [
  { matches: exactly(USAGE), answer: usage },
  { matches: exactly(ROLE), answer: role },
  { matches: exactly(ROLE_MEMBER), answer: roleMember },
  { matches: exactly(SESSION), answer: session },
  { matches: built((oid) => accessSql([oid as never]), 1), answer: access },
  { matches: built((name) => ownersSql([name!]), 1), answer: owners },
  { matches: built((oid) => deferrableKeysSql([oid as never]), 1), answer: () => select({ oid: 'int8' }, []) },
  { matches: built((schema) => tableKindsSql([schema!]), 1), answer: kinds },
  { matches: built((schema) => heartbeatFactsSql(schema!), 1), answer: heartbeatFacts },
];

function usage({ state }: Statement) {
  const [slots, senders] = ['max_replication_slots', 'max_wal_senders'].map((name) => state.setting(name) ?? '0');
  const columns = { slots_used: 'int8', slots_max: 'int4', wal_senders_seen: 'int8', wal_senders_max: 'int4' } as const;
  return select(columns, [[String(state.slots.all.length), slots!, '0', senders!]]);
}

function role({ state, session }: Statement) {
  const { name, canLogin, replication, sysadmin, inReplicationRole } = state.role(session.user)!;
  return select(
    {
      rolname: 'text',
      rolcanlogin: 'bool',
      rolreplication: 'bool',
      rolsystemadmin: 'bool',
      rolsuper: 'bool',
      rolvaliduntil: 'timestamptz',
      in_gs_role_replication: 'bool',
    },
    [[name, bool(canLogin ?? true), bool(replication), bool(sysadmin), 'f', null, bool(inReplicationRole)]],
  );
}

/** An administrator is a member of every role. */
function roleMember({ state, session }: Statement) {
  const { inReplicationRole, sysadmin } = state.role(session.user)!;
  return select({ member: 'bool' }, [[bool(inReplicationRole || sysadmin)]]);
}

function session({ state, session }: Statement) {
  const row = ['127.0.0.1', bool(state.role(session.user)?.sysadmin), 'off'];
  return select({ client_address: 'text', can_create: 'bool', separated_duties: 'text' }, [row]);
}

function access({ groups: [list = ''], state, session }: Statement) {
  const oids = new Set(list.split(',').map(Number));
  const rows = all(state.tables)
    .filter(({ oid }) => oids.has(oid))
    .map((table) => [
      String(table.oid),
      bool(mayUse(state, session, table.schema)),
      bool(mayUse(state, session, `${table.schema}.${table.name}`)),
      bool(table.owner === session.user),
      table.owner,
      bool(state.role(table.owner)?.sysadmin ?? true),
    ]);
  return select(
    {
      oid: 'int8',
      can_use_schema: 'bool',
      can_select: 'bool',
      is_owner: 'bool',
      owner: 'text',
      owner_is_admin: 'bool',
    },
    rows,
  );
}

function owners({ groups: [list = ''] }: Statement) {
  return select(
    { rolname: 'text', rolkind: 'text' },
    literals(`'${list}'`).map((name) => [name, 'n']),
  );
}

function kinds({ groups: [list = ''], state, session }: Statement) {
  const schemas = literals(`'${list}'`);
  const rows = all(state.tables)
    .filter(({ schema }) => schemas.includes(schema))
    .map((table) => [
      table.schema,
      table.name,
      String(table.oid),
      table.kind,
      table.persistence,
      table.identity,
      table.parttype,
      '1',
      table.reloptions,
      bool(table.primaryKey.length > 0),
      bool(table.partitionStrategy === 'i'),
      table.partitionStrategy,
      bool(mayUse(state, session, `${table.schema}.${table.name}`)),
    ]);
  return select(
    {
      schema: 'text',
      table: 'text',
      oid: 'int8',
      relkind: 'text',
      relpersistence: 'text',
      relreplident: 'text',
      parttype: 'text',
      relcmprs: 'int4',
      reloptions: 'text',
      relhaspkey: 'bool',
      interval_partitioned: 'bool',
      partition_strategy: 'text',
      can_select: 'bool',
    },
    rows,
  );
}

function heartbeatFacts({ groups, state, session }: Statement) {
  const schema = groups.at(-1)!;
  const table = `${schema}.${HEARTBEAT_TABLE}`;
  const mayUseSchema = bool(mayUse(state, session, schema));
  const canWrite = state.tables.has(table) ? bool(mayUse(state, session, table)) : null;
  const columns = { can_use: 'bool', can_create: 'bool', can_write: 'bool' } as const;
  return select(columns, state.hasSchema(schema) ? [[mayUseSchema, mayUseSchema, canWrite]] : []);
}

function all(tables: ReadonlyMap<string, ModelTable>): readonly ModelTable[] {
  return [...tables.values()];
}

function bool(value: boolean | undefined): 't' | 'f' {
  return value ? 't' : 'f';
}
