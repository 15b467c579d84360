import type { ExpectedRecord } from './format-records.ts';
import { COLUMNS, KEY, NAMES } from './format-row.ts';
import { type CellForm, cellText, defaultKey, rowText, type SentChange, type SentRow } from './format-story.ts';

type Make = (change: SentChange, database: string) => readonly ExpectedRecord[];
const OP_TYPES = { c: 'INSERT', u: 'UPDATE', d: 'DELETE' } as const;
const PK_NAMES = JSON.stringify(KEY);
const perColumn = (of: (name: string) => unknown) =>
  JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, of(name)])));
const SQL_TYPES = perColumn((name) => COLUMNS[name]!.printed[1]);
const TYPE_NAMES = perColumn((name) => COLUMNS[name]!.printed[0]);

/** drs-json-c: a deleted row is in `data`. */
export const drsC: Make = (change, database) => {
  const { table, op, after, before } = change;
  const data = rowText((after ?? before)!, 'text');
  // An update without an old row gets the identity columns from the new one.
  const old = rowText(before ?? keyOnly(after!), 'text');
  const value =
    `{"columnType":${TYPE_NAMES},"dbType":"PostgreSQL","schema":"public","opType":"${OP_TYPES[op]}","id":#,"es":#,"ts":#,` +
    `"database":"${database}","table":"${table}","type":"${OP_TYPES[op]}","isDdl":false,"sql":"","sqlType":${SQL_TYPES},` +
    `"data":[${data}],"old":${op === 'u' ? `[${old}]` : 'null'},"pkNames":${PK_NAMES}}`;
  return [record(change, op, value)];
};

export const canal: Make = (change, database) => {
  const { table, op, after, before } = change;
  const data = rowText((after ?? before)!, 'canal');
  const value =
    `{"id":#,"database":"${database}","schema":"public","table":"${table}","pkNames":${PK_NAMES},"isDdl":false,` +
    `"type":"${OP_TYPES[op]}","es":#,"ts":#,"sql":"","sqlType":${SQL_TYPES},"mysqlType":${TYPE_NAMES},` +
    `"data":[${data}],"old":${op === 'u' ? `[${changedOnly(before, after!)}]` : 'null'}}`;
  return [record(change, op, value)];
};

/** `members`: what follows the columns, by operation; null: a deleted row is not sent itself. */
export function flat(members: ((op: 'c' | 'u' | 'd', change: SentChange, database: string) => string) | null): Make {
  return (change, database) => {
    const row = (op: 'c' | 'u' | 'd', of: SentRow, unsent?: string) => {
      const text = rowText(of, 'flat', unsent, NAMES);
      const more = members?.(op, change, database) ?? '';
      return record(change, op, more === '' ? text : `${text.slice(0, -1)},${more}}`);
    };
    const removed = () => [...(members === null ? [] : [row('d', change.before!, 'null')]), record(change, 'd', null)];
    if (change.op === 'd') return removed();
    return change.movesKey ? [...removed(), row('c', change.after!)] : [row(change.op, change.after!)];
  };
}

/** Lines of flat rows without tombstones. */
export function multiTable(make: Make): Make {
  return (change, database) =>
    make(change, database)
      .filter(({ value }) => value !== null)
      .map((made) => ({ ...made, value: `${change.table}|${made.value}` }));
}

function record(change: SentChange, op: 'c' | 'u' | 'd', value: string | null): ExpectedRecord {
  const key = defaultKey((op === 'd' ? change.before : change.after)!);
  return { table: change.table, op, key, value, headers: [], partitionKey: key };
}

function keyOnly(row: SentRow): SentRow {
  return Object.fromEntries(KEY.map((name) => [name, row[name]]));
}

/** The old values of the columns that are known to differ. */
function changedOnly(before: SentRow | null, after: SentRow): string {
  const form: CellForm = 'canal';
  const textOf = (row: SentRow, name: string) => (row[name] ? cellText(row[name], form) : String(row[name]));
  const differs = (name: string) => before?.[name] !== undefined && textOf(before, name) !== textOf(after, name);
  return rowText(before ?? {}, form, undefined, NAMES.filter(differs));
}
