import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const QUERIES = join(import.meta.dirname, '../../fixtures/opengauss/catalog/precheck-queries.json');

/** A line of pg_settings. */
interface Setting {
  readonly name: string;
  readonly setting: string;
  readonly unit: string | null;
  readonly context: string;
}

/** Settings that clients send or ask for and that the recorded query does not list. */
const MORE: Readonly<Record<string, string>> = {
  application_name: '',
  bytea_output: 'hex',
  client_encoding: 'UTF8',
  client_min_messages: 'notice',
  default_transaction_read_only: 'off',
  extra_float_digits: '0',
  IntervalStyle: 'postgres',
  search_path: '"$user",public',
  server_version: '9.2.4',
  standard_conforming_strings: 'on',
  statement_timeout: '0',
  wal_writer_delay: '200',
};
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };

const recorded = (
  JSON.parse(readFileSync(QUERIES, 'utf8')) as {
    queries: { settings: { rows: [string, string, string | null, string][] } };
  }
).queries.settings.rows.map(([name, setting, unit, context]): Setting => ({ name, setting, unit, context }));

/** Names and values as recorded, those of the reference's precheck query and a few more. */
export function defaultSettings(): [string, string][] {
  return [...recorded.map(({ name, setting }): [string, string] => [name, setting]), ...Object.entries(MORE)];
}

/** Unit and context of a setting. */
export function settingFacts(name: string): { readonly unit: string | null; readonly context: string } {
  return recorded.find((setting) => setting.name === name) ?? { unit: null, context: 'user' };
}

/** As SHOW prints it: times with the largest unit that divides them. */
export function shownSetting(name: string, value: string): string {
  if (!/^\d+$/.test(value) || value === '0') return value;
  const { unit } = settingFacts(name);
  const factor = UNIT_MS[unit ?? ''];
  if (factor === undefined) return value;
  const ms = Number(value) * factor;
  const [suffix, size] = Object.entries(UNIT_MS).findLast(([, bytes]) => ms % bytes === 0)!;
  return `${ms / size}${suffix}`;
}

/** Milliseconds of a time setting, given as a number or with a unit. */
export function durationMs(value: string): number {
  const [, number = '0', unit = 'ms'] = /^(\d+)\s*(ms|s|min|h)?$/.exec(value) ?? [];
  return Number(number) * UNIT_MS[unit]!;
}
