import type { CheckResult } from '../../domain/task.ts';
import { quoteIdentifier, quoteLiteral } from '../postgres/quoting.ts';
import { alarm, type CheckSubject, nameList, passed } from './check.ts';
import type { CellSetting } from './gauss-facts.ts';

const SUBJECT: CheckSubject = { id: 'cell-settings', group: 'source' };

const UTC = new Set(['utc', 'uct', 'gmt', 'etc/utc', 'etc/uct', 'etc/gmt']);

/** What cells are printed under: name → the value that is wanted, given the one that is. */
const WANTED: Readonly<Record<string, (value: string) => string>> = {
  // The second part says how input is read; that is the applications' business.
  DateStyle: (value) => value.replace(/^[^,]*/, 'ISO'),
  IntervalStyle: () => 'postgres',
  bytea_output: () => 'hex',
};

/**
 * Parallel decoders print cells under the settings of database and server; what the session asks for does not reach them.
 * TimeZone is no fault: a zone is printed with every timestamptz.
 */
export function checkCellSettings(database: string, settings: readonly CellSetting[]): CheckResult {
  const wrong = settings.filter((one) => wantedOf(one) !== one.value.toLowerCase());
  if (wrong.length === 0) {
    const doubt = settings.every((one) => one.isCertain) ? '' : ', as far as the catalog tells';
    return passed(SUBJECT, `Parallel decoders print values in the published form${doubt}.${zoneNote(settings)}`);
  }
  return alarm(SUBJECT, {
    message: `Parallel decoders print values in another form: ${nameList(wrong.map((one) => `${one.name} is ${one.value}`))}.`,
    cause: 'They take these settings from the database or the server; those of the session do not reach them.',
    cure: 'Set source.decoding.mode to "serial", where the task sets them itself, or run the SQL (it applies to all new sessions of the database).',
    sql: wrong.map(({ name, value }) => {
      const wanted = quoteLiteral(WANTED[name]!(value));
      return `ALTER DATABASE ${quoteIdentifier(database)} SET ${name} = ${wanted};`;
    }),
  });
}

function wantedOf({ name, value }: CellSetting): string {
  return (WANTED[name]?.(value) ?? value).toLowerCase();
}

function zoneNote(settings: readonly CellSetting[]): string {
  const zone = settings.find((one) => one.name === 'TimeZone');
  if (zone === undefined || (zone.isCertain && UTC.has(zone.value.toLowerCase()))) return '';
  const name = zone.isCertain ? ` (${zone.value})` : '';
  return ` Values with time zone come in the zone of the server${name}, and name it.`;
}
