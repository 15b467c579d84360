import type pg from 'pg';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import { parseLsn } from '../../domain/lsn.ts';
import type { Relation, TableDescription } from '../../domain/relation.ts';
import { closeClient } from '../session-client.ts';
import { settledLsn, type WalPositions } from '../settled-lsn.ts';
import type { Catalog, ServerFacts, SourceTable } from '../source.ts';
import { toSourceError } from '../source-errors.ts';
import { type DescriptionRow, toDescription } from '../table-description.ts';
import { connect } from './client.ts';
import { DESCRIBE_RELATION } from './table-description.ts';
import { LIST_TABLES, type TableRow, toSourceTable } from './table-list.ts';

/** On a standby its own position: what it has received. */
const STANDBY_LSN = 'coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())';

const FACTS = `
SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system_id,
       current_setting('server_version') AS version, current_setting('server_version_num')::int AS version_number,
       (CASE WHEN pg_is_in_recovery() THEN ${STANDBY_LSN} ELSE pg_current_wal_lsn() END)::text AS lsn,
       current_database() AS database`;

/** `settle_ms`: the WAL writer flushes an asynchronous commit after at most three rounds (docs, wal_writer_delay). */
const POSITIONS = `
SELECT (CASE WHEN pg_is_in_recovery() THEN ${STANDBY_LSN} ELSE pg_current_wal_insert_lsn() END)::text AS inserted,
       (CASE WHEN pg_is_in_recovery() THEN ${STANDBY_LSN} ELSE pg_current_wal_flush_lsn() END)::text AS flushed,
       (SELECT 3 * setting::int + 100 FROM pg_settings WHERE name = 'wal_writer_delay') AS settle_ms`;

interface FactsRow {
  readonly system_id: string;
  readonly version: string;
  readonly version_number: number;
  readonly lsn: string;
  readonly database: string;
}

interface PositionRow {
  readonly inserted: string;
  readonly flushed: string;
  readonly settle_ms: number;
}

/** Opens a session for catalog reads; the caller closes it. Errors as `connect`, then by SQLSTATE. */
export async function openCatalog(endpoint: SourceEndpoint): Promise<Catalog> {
  return catalogOf(await connect(endpoint));
}

/** Catalog reads over an open session, which `close` ends. */
export function catalogOf(client: pg.Client): Catalog {
  return {
    facts: () => guarded('reading facts of the server', () => readFacts(client)),
    currentLsn: () => guarded('reading the WAL position', () => settledLsn(() => readPositions(client))),
    listTables: () => guarded('listing tables', () => listTables(client)),
    describe: (relation) =>
      guarded(`describing ${relation.schema}.${relation.table}`, () => describeRelation(client, relation)),
    close: () => closeClient(client),
  };
}

async function guarded<T>(context: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toSourceError(error, context);
  }
}

async function readFacts(client: pg.Client): Promise<ServerFacts> {
  const { rows } = await client.query<FactsRow>(FACTS);
  const row = rows[0]!;
  return {
    systemId: row.system_id,
    version: row.version,
    versionNumber: row.version_number,
    currentLsn: parseLsn(row.lsn),
    database: row.database,
  };
}

async function readPositions(client: pg.Client): Promise<WalPositions> {
  const { rows } = await client.query<PositionRow>(POSITIONS);
  const row = rows[0]!;
  return { inserted: parseLsn(row.inserted), flushed: parseLsn(row.flushed), settleMs: row.settle_ms };
}

async function listTables(client: pg.Client): Promise<readonly SourceTable[]> {
  const { rows } = await client.query<TableRow>(LIST_TABLES);
  return rows.map(toSourceTable);
}

async function describeRelation(client: pg.Client, relation: Relation): Promise<TableDescription | null> {
  const types = relation.columns.map((column) => column.typeOid);
  const values = [relation.oid, relation.schema, relation.table, types];
  const { rows } = await client.query<DescriptionRow>(DESCRIBE_RELATION, values);
  return rows[0] === undefined ? null : toDescription(relation, rows[0]);
}
