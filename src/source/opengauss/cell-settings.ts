import type { CellSetting } from '../precheck/gauss-facts.ts';
import type { SqlSession } from './sql-session.ts';

/** Settings that shape cells under parallel decoding. Not in the reference, not run on a server in this form. */
export const CELL_SETTINGS =
  "select name, setting, source, boot_val from pg_settings where name in ('DateStyle','IntervalStyle','bytea_output','TimeZone') order by name";

/** `ALTER DATABASE … SET`, as `name=value`; role 0: for every role. */
export const DATABASE_SETTINGS =
  'select unnest(s.setconfig) as setting from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase where s.setrole = 0 and d.datname = current_database()';

interface SettingRow {
  readonly name: string;
  readonly setting: string;
  readonly source: string | null;
  readonly boot_val: string | null;
}

/** Sources of a value that belong to this session or role; the decoders' threads have neither. */
const OWN_SOURCES = new Set(['client', 'user', 'database user', 'session', 'override', 'interactive']);

/**
 * The decoders' values, as far as an SQL session can tell: what ALTER DATABASE says is certain, and so is a value that our
 * session has from the server itself. Where our own startup parameters hide the configuration file, the compiled default
 * stands in: a guess, as the server shows the file's values nowhere else.
 */
export async function readCellSettings(client: SqlSession): Promise<readonly CellSetting[]> {
  const { rows } = await client.query<SettingRow>(CELL_SETTINGS);
  const ofDatabase = new Map((await client.query<{ setting: string }>(DATABASE_SETTINGS)).rows.map(nameAndValue));
  return rows.map((row) => {
    const set = ofDatabase.get(row.name.toLowerCase());
    if (set !== undefined) return { name: row.name, value: set, isCertain: true };
    if (!OWN_SOURCES.has(row.source ?? '')) return { name: row.name, value: row.setting, isCertain: true };
    return { name: row.name, value: row.boot_val ?? row.setting, isCertain: false };
  });
}

function nameAndValue({ setting }: { readonly setting: string }): readonly [string, string] {
  const at = setting.indexOf('=');
  return [setting.slice(0, at).toLowerCase(), setting.slice(at + 1)];
}
