import { ServerError } from './server-error.ts';
import type { StreamFormat, Style } from './transaction.ts';

type Check = (value: string) => boolean;

const flag: Check = (value) => /^(on|off|true|false|yes|no|1|0)$/i.test(value);
const number =
  (low: number, high: number): Check =>
  (value) =>
    /^\d+$/.test(value) && Number(value) >= low && Number(value) <= high;
const anything: Check = () => true;
/** Two names without blanks, each maybe `*`, joined by a dot; and so on behind commas. */
const tableList: Check = (value) =>
  value === '' || value.split(',').every((entry) => /^[^\s.]+\.[^\s.]+$/.test(entry.trim()));

const COMMON: Readonly<Record<string, Check>> = {
  'include-xids': flag,
  'include-timestamp': flag,
  'skip-empty-xacts': flag,
  'only-local': flag,
};
/** All that mppdb_decoding knew before 3.0. */
const BASIC: Readonly<Record<string, Check>> = { ...COMMON, 'force-binary': flag };
const LATER: Readonly<Record<string, Check>> = {
  ...COMMON,
  'white-table-list': tableList,
  'max-txn-in-memory': number(0, 100),
  'max-reorderbuffer-in-memory': number(0, 100),
  'sender-timeout': number(0, 2_147_483_647),
  'standby-connection': flag,
  'include-originid': flag,
  'parallel-decode-num': number(1, 20),
};
const SERIAL: Readonly<Record<string, Check>> = { ...LATER, 'force-binary': flag };
const PARALLEL: Readonly<Record<string, Check>> = {
  ...LATER,
  'decode-style': (value) => 'tjb'.includes(value[0] ?? '?'),
  'sending-batch': number(0, 1),
  'parallel-queue-size': (value) => number(2, 1024)(value) && Number.isInteger(Math.log2(Number(value))),
};
const PGOUTPUT: Readonly<Record<string, Check>> = {
  proto_version: anything,
  publication_names: anything,
  binary: flag,
  usesnapshot: flag,
};

export interface StartRules {
  readonly plugin: string;
  readonly slot: string;
  readonly knowsParallelDecoding: boolean;
  /** Largest parallel-decode-num. */
  readonly maxParallelism: number;
  /** logical_decode_options_default: what a client leaves out. */
  readonly defaults: string;
  /** Tables of publications, as `schema.table`. */
  readonly publications: ReadonlyMap<string, readonly string[]>;
}

/** How a stream is to be decoded. `isParallel` decides when option errors are told, so it comes before them. */
export interface DecodingMode {
  readonly isParallel: boolean;
  /** Checks the options. Errors: 22023, 42809, 0A000. */
  format(): StreamFormat;
}

/** Parallel decoding ignores the slot's plugin. A value of parallel-decode-num that is no number is its own error, at once. */
export function decodingMode(options: ReadonlyMap<string, string>, rules: StartRules): DecodingMode {
  if (rules.plugin === 'pgoutput') return { isParallel: false, format: () => pgoutputFormat(options, rules) };
  if (!rules.knowsParallelDecoding) return serialMode(options, BASIC, rules.slot);
  const number = options.get('parallel-decode-num') ?? /parallel-decode-num=(\d+)/.exec(rules.defaults)?.[1] ?? '1';
  const isGood = SERIAL['parallel-decode-num']!(number) && Number(number) <= rules.maxParallelism;
  if (!isGood) throw badValue('parallel-decode-num', number, undefined);
  if (number === '1') return serialMode(options, SERIAL, rules.slot);
  return {
    isParallel: true,
    format: () => {
      check(options, PARALLEL, undefined);
      const style = STYLES[(options.get('decode-style') ?? 'b')[0]!]!;
      return streamFormat(options, style, false);
    },
  };
}

const STYLES: Readonly<Record<string, Style>> = { t: 'text', j: 'json', b: 'binary' };

function serialMode(options: ReadonlyMap<string, string>, known: Readonly<Record<string, Check>>, slot: string) {
  const where = `slot "${slot}", output plugin "mppdb_decoding", in the startup callback`;
  return {
    isParallel: false,
    format: () => {
      check(options, known, where);
      return streamFormat(options, 'serial', true);
    },
  };
}

/** A publication that is missing publishes nothing; the real one says so at the first change. */
function pgoutputFormat(options: ReadonlyMap<string, string>, { publications }: StartRules): StreamFormat {
  for (const name of options.keys()) {
    if (PGOUTPUT[name] === undefined) throw new ServerError('42809', `unrecognized pgoutput option: ${name}`);
  }
  const version = options.get('proto_version') ?? '0';
  if (!/^[123]$/.test(version)) throw new ServerError('0A000', `client sent proto_version=${version}`);
  const name = (options.get('publication_names') ?? '').replace(/^"(.*)"$/s, '$1').replaceAll('""', '"');
  const published = new Set(publications.get(name));
  return {
    ...streamFormat(new Map(), 'pgoutput', true),
    accepts: (schema, table) => published.has(`${schema}.${table}`),
  };
}

function check(
  options: ReadonlyMap<string, string>,
  known: Readonly<Record<string, Check>>,
  where: string | undefined,
) {
  for (const [name, value] of options) {
    const isGood = known[name];
    if (isGood === undefined) throw unknownOption(name, value, where);
    if (!isGood(value)) throw badValue(name, value, where);
  }
}

function streamFormat(options: ReadonlyMap<string, string>, style: Style, timestampByDefault: boolean): StreamFormat {
  const isOn = (name: string, byDefault: boolean) => {
    const value = options.get(name);
    return value === undefined ? byDefault : /^(on|true|yes|1)$/i.test(value);
  };
  return {
    style,
    isBatched: options.get('sending-batch') === '1',
    includeXids: isOn('include-xids', true),
    includeTimestamp: isOn('include-timestamp', timestampByDefault),
    skipEmpty: isOn('skip-empty-xacts', false),
    accepts: whiteList(options.get('white-table-list') ?? ''),
  };
}

/** Raw names in exact case, quotes included. */
function whiteList(list: string): (schema: string, table: string) => boolean {
  if (list === '') return () => true;
  const entries = list.split(',').map((entry) => entry.trim().split('.') as [string, string]);
  return (schema, table) => entries.some(([s, t]) => (s === '*' || s === schema) && (t === '*' || t === table));
}

function unknownOption(name: string, value: string, where: string | undefined): ServerError {
  return optionError(`option "${name}" = "${value}" is unknown`, where);
}

function badValue(name: string, value: string, where: string | undefined): ServerError {
  return optionError(`could not parse value "${value}" for parameter "${name}"`, where);
}

function optionError(message: string, where: string | undefined): ServerError {
  const context = where === undefined ? {} : { where };
  return new ServerError('22023', message, { module: 'LOGICAL_DECODE', detail: 'N/A', ...context });
}
