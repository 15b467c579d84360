import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplicaIdentity } from '../../../src/domain/relation.ts';
import { type RecordedContent, recordedContent } from '../opengauss-recordings.ts';
import { type ModelColumn, type ModelTable, modelTable } from './model.ts';

const STREAMS = join(import.meta.dirname, '../../fixtures/opengauss/streams');
const NAME = '(?:"(?:[^"]|"")+"|\\w+)';
const TABLE = `(${NAME})\\.(${NAME})`;
const CREATE_TABLE = new RegExp(`create table ${TABLE}\\s*\\((.*)`, 's');
const KEY_COLUMN = new RegExp(`^(${NAME}) \\w+ primary key`);
const KEY_LIST = /primary key ?\(([^)]*)\)/;
const IDENTITY = new RegExp(`alter table ${TABLE} replica identity (full|nothing|using)`);
const UNIQUE_INDEX = new RegExp(`create unique index \\w+ on ${TABLE}\\((\\w+)\\)`);
const IDENTITIES: Readonly<Record<string, ReplicaIdentity>> = { full: 'f', nothing: 'n', using: 'i' };
/** Streams print clob as text; the catalog does not. */
const CLOB_OID = 90;

/** The tables of a recorded scenario, as the statements that made them say; columns as they were at the end. */
export function recordedTables(scenario: string, firstPosition: number): ModelTable[] {
  const content = recordedContent(scenario);
  const setup = setupOf(scenario);
  const created = setup.map((sql) => CREATE_TABLE.exec(sql)).filter((found) => found !== null);
  return created.map(([, schema, name, definition], i) => ({
    ...modelTable('.', { columns: {}, primaryKey: primaryKey(definition!) }, firstPosition + i),
    schema: unquoted(schema!),
    name: unquoted(name!),
    ...identityOf(setup, schema!, name!),
    ...kindOf(definition!),
    columns: columnsOf(content, `${unquoted(schema!)}.${unquoted(name!)}`),
  }));
}

function primaryKey(definition: string): string[] {
  const list = KEY_LIST.exec(definition)?.[1];
  if (list !== undefined) return list.split(',').map((name) => name.trim());
  const single = KEY_COLUMN.exec(definition)?.[1];
  return single === undefined ? [] : [unquoted(single)];
}

function identityOf(setup: readonly string[], schema: string, table: string) {
  const about = (pattern: RegExp) =>
    setup.map((sql) => pattern.exec(sql)).find((found) => found?.[1] === schema && found[2] === table)?.[3];
  const identity = IDENTITIES[about(IDENTITY) ?? ''] ?? 'd';
  const column = about(UNIQUE_INDEX);
  return { identity, identityColumns: identity === 'i' && column !== undefined ? [column] : [] };
}

function kindOf(definition: string): Partial<ModelTable> {
  if (definition.includes('partition by range')) return { parttype: 'p', partitionStrategy: 'r' };
  return definition.includes('storage_type=ustore') ? { reloptions: 'orientation=row,storage_type=ustore' } : {};
}

function columnsOf({ columnTypes, columnTypeOids }: RecordedContent, table: string): ModelColumn[] {
  return Object.entries(columnTypes[table] ?? {}).map(([name, printed]) => {
    const typeOid = columnTypeOids[table]![name]!;
    return { name, type: typeOid === CLOB_OID ? 'clob' : printed, typeOid, typeModifier: -1, isNotNull: false };
  });
}

function unquoted(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
}

/** The statements that ran before the slot was made. */
function setupOf(scenario: string): string[] {
  const recording = readFileSync(join(STREAMS, `${scenario}.mppdb-serial.json`), 'utf8');
  const { setup } = JSON.parse(recording) as { setup: { sql: string }[] };
  return setup.map(({ sql }) => sql);
}
