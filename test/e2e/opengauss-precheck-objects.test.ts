import { describe, it } from 'vitest';
import { ownersSql } from '../../src/source/opengauss/precheck-objects.ts';
import type { TableSpec } from '../support/fake-opengauss/model.ts';
import { built, select } from '../support/fake-opengauss/statement.ts';
import { expectFinding, type Finding } from '../support/opengauss-findings.ts';
import { gaussScenarios } from '../support/opengauss-suite.ts';

const scenario = gaussScenarios('gaussobj');
const CREATE_HEARTBEAT = (schema: string) =>
  `CREATE TABLE "${schema}"."gausscast_heartbeat" (slot varchar(64) PRIMARY KEY, beats bigint NOT NULL, beaten_at timestamp with time zone NOT NULL);`;
const GRANT_HEARTBEAT = (schema: string) => [
  `GRANT USAGE ON SCHEMA "${schema}" TO "cdc";`,
  `GRANT SELECT, INSERT, UPDATE ON "${schema}"."gausscast_heartbeat" TO "cdc";`,
];
const T = { columns: { id: 'integer' } };
const HEARTBEAT_COLUMNS = { columns: { slot: 'character varying(64)', beats: 'bigint' } };

const HEARTBEAT: Readonly<Record<string, Finding>> = {
  'is missing': {
    source: { heartbeat: { create: false } },
    id: 'heartbeat-table',
    status: 'ALARM',
    message: /There is no heartbeat table public.gausscast_heartbeat/,
    cause: /only commits move the slot/,
    cure: /Or set source.heartbeat.create to true/,
    sql: [CREATE_HEARTBEAT('public'), ...GRANT_HEARTBEAT('public')],
  },
  'is missing where the role may not create it': {
    role: { denied: ['own'] },
    given: (server) => server.table('own.t', T),
    source: { heartbeat: { schema: 'own', create: true } },
    id: 'heartbeat-table',
    status: 'ALARM',
    message: /There is no heartbeat table own.gausscast_heartbeat/,
    cause: /only commits move the slot/,
    cure: /owner of the schema or an administrator\.$/,
    sql: [CREATE_HEARTBEAT('own'), ...GRANT_HEARTBEAT('own')],
  },
  'may not be written': {
    role: { denied: ['public.gausscast_heartbeat'] },
    given: (server) => server.table('public.gausscast_heartbeat', HEARTBEAT_COLUMNS),
    id: 'heartbeat-table',
    status: 'ALARM',
    message: /Role cdc may not write/,
    cause: /only commits move the slot/,
    cure: /administrator/,
    sql: GRANT_HEARTBEAT('public'),
  },
  'is to be in a schema that does not exist': {
    source: { heartbeat: { schema: 'nowhere', create: true } },
    id: 'heartbeat-table',
    status: 'ALARM',
    message: /nowhere.gausscast_heartbeat/,
    cause: /only commits move the slot/,
    cure: /administrator/,
    sql: ['CREATE SCHEMA "nowhere";', CREATE_HEARTBEAT('nowhere'), ...GRANT_HEARTBEAT('nowhere')],
    isOnlyShown: true,
  },
};

const KEYED = { columns: { id: 'integer', v: 'text' }, primaryKey: ['id'], identity: 'f' } as const;

/** A table that is never decoded: `bad` besides one that is. */
function neverDecoded(reason: string, spec: Partial<TableSpec>): Finding {
  return {
    given: (server) => server.table('public.bad', { ...KEYED, ...spec }),
    include: ['public.*'],
    id: 'table-kinds',
    status: 'FAILED',
    message: /never decoded/,
    cause: new RegExp(`^public\\.bad: ${reason}\\.$`),
    cure: /objects.exclude/,
  };
}

const KINDS: Readonly<Record<string, Finding>> = {
  'a column store': neverDecoded('column store', { reloptions: 'orientation=column,compression=low' }),
  'interval partitions': neverDecoded('interval partitions', { parttype: 'p', partitionStrategy: 'i' }),
  'a global temporary table': neverDecoded('a global temporary table', { persistence: 'g' }),
  'compressed rows': neverDecoded('compressed rows', { reloptions: 'orientation=row,compresstype=2' }),
  'a foreign table': neverDecoded('a foreign or memory-optimised \\(MOT\\) table', { kind: 'f' }),
};

const TABLES: Readonly<Record<string, Finding>> = {
  'that are not there': {
    include: ['public.tt'],
    id: 'objects-exist',
    status: 'FAILED',
    message: /No table matches public.tt/,
    cause: /Did you mean public.t\?/,
    cure: /create the tables/,
  },
  'in a schema the role may not use': {
    role: { denied: ['closed'] },
    given: (server) => server.table('closed.t', KEYED),
    include: ['closed.t'],
    id: 'table-privileges',
    status: 'FAILED',
    message: /Role cdc may not read/,
    cause: /USAGE on schema closed/,
    cure: /Run the SQL/,
    sql: ['GRANT USAGE ON SCHEMA "closed" TO "cdc";'],
  },
  'of INDEPENDENT roles': {
    given: (server) =>
      server.answer({
        matches: built((name) => ownersSql([name!]), 1),
        answer: () => select({ rolname: 'text', rolkind: 'text' }, [['omm', 'i']]),
      }),
    id: 'table-kinds',
    status: 'FAILED',
    message: /never decoded/,
    cause: /public\.t: owned by an INDEPENDENT role/,
    cure: /objects.exclude/,
  },
  'that are unlogged': {
    given: (server) => server.table('public.bad', { ...KEYED, persistence: 'u' }),
    include: ['public.bad'],
    id: 'unlogged-tables',
    status: 'FAILED',
    message: /public.bad/,
    cause: /not written to the WAL/,
    cure: /create them anew as logged/,
  },
  'without key and identity': {
    given: (server) => server.table('public.Bare T', { columns: { v: 'text' } }),
    include: ['public."Bare T"'],
    id: 'replica-identity',
    status: 'FAILED',
    message: /public.Bare T/,
    cause: /no primary key, and REPLICA IDENTITY is not FULL/,
    cure: /owner of the tables/,
    sql: ['ALTER TABLE "public"."Bare T" REPLICA IDENTITY FULL;'],
  },
  'of REPLICA IDENTITY NOTHING': {
    given: (server) => server.table('public.t', { ...KEYED, identity: 'n' }),
    id: 'replica-identity',
    status: 'FAILED',
    message: /public.t/,
    cause: /NOTHING/,
    cure: /owner of the tables/,
    sql: ['ALTER TABLE "public"."t" REPLICA IDENTITY FULL;'],
  },
  'whose identity index lacks the key': {
    given: (server) => server.table('public.t', { ...KEYED, identity: 'i', identityColumns: ['v'] }),
    id: 'replica-identity',
    status: 'FAILED',
    message: /public.t/,
    cause: /lacks primary key column id/,
    cure: /owner of the tables/,
    sql: ['ALTER TABLE "public"."t" REPLICA IDENTITY FULL;'],
  },
  'whose old rows are incomplete': {
    given: (server) => server.table('public.t', { ...KEYED, identity: 'd' }),
    id: 'old-rows',
    status: 'ALARM',
    message: /public.t/,
    cause: /identity columns only/,
    cure: /Accept it/,
    sql: ['ALTER TABLE "public"."t" REPLICA IDENTITY FULL;'],
  },
  'with columns of types that go through as text': {
    given: (server) => server.createTables('types-other'),
    include: ['cdc.*'],
    id: 'column-types',
    status: 'ALARM',
    message: /cdc.oth.r_i4 \(int4range\), cdc.oth.e_mood \(cdc.mood\)/,
    cause: /nothing is left out/,
    cure: /read the text/,
  },
};

const PGOUTPUT = { plugin: 'pgoutput' };
const PUBLICATIONS: Readonly<Record<string, Finding>> = {
  'that is not there': {
    source: { decoding: PGOUTPUT, publication: 'mine' },
    id: 'publication',
    status: 'FAILED',
    message: /no publication mine/,
    cause: /source.publication/,
    cure: /Run the SQL/,
    sql: ['CREATE PUBLICATION "mine" FOR TABLE "public"."t";'],
  },
  'that lacks a table': {
    given: ({ state }) => state.publications.set('mine', []),
    source: { decoding: PGOUTPUT, publication: 'mine' },
    id: 'publication',
    status: 'FAILED',
    message: /does not publish all changes/,
    cause: /Not in it: public.t/,
    cure: /owner of the publication/,
    sql: ['ALTER PUBLICATION "mine" ADD TABLE "public"."t";'],
    isOnlyShown: true,
  },
  'that the role may not create': {
    source: { decoding: PGOUTPUT },
    id: 'publication',
    status: 'FAILED',
    message: /Role cdc may not create/,
    cause: /CREATE on database shop; ownership of public.t/,
    cure: /source.publication: CREATE PUBLICATION/,
    sql: ['GRANT CREATE ON DATABASE "shop" TO "cdc";', 'ALTER TABLE "public"."t" OWNER TO "cdc";'],
    isOnlyShown: true,
  },
};

const entries = (findings: Readonly<Record<string, Finding>>) => Object.entries(findings);

describe('a precheck finds', () => {
  it.each(entries(TABLES))('tables %s', (_what, finding) => expectFinding(scenario, finding));
  it.each(entries(KINDS))('tables that are never decoded: %s', (_what, finding) => expectFinding(scenario, finding));
  it.each(entries(PUBLICATIONS))('a publication %s', (_what, finding) => expectFinding(scenario, finding));
  it.each(entries(HEARTBEAT))('a heartbeat table that %s', (_what, finding) => expectFinding(scenario, finding));
});
