import type { DecodingOptions, TableName } from '../../domain/decoding.ts';
import { quoteIdentifier } from '../postgres/quoting.ts';

/** One way to decode, complete: what START_REPLICATION asks for and which decoder reads the answer. */
export interface Decoding {
  readonly kind: 'pgoutput' | 'serial' | 'parallel';
  readonly style: 'binary' | 'json' | 'text';
  readonly batch: boolean;
  readonly parallelism: number;
  /** Of the user's, for the server's plugin. */
  readonly options: Readonly<Record<string, string>>;
  /** openGauss before 3.0 refuses options that it does not know yet (reference of mppdb_decoding ≤ 2.1). */
  readonly isBasic: boolean;
}

const DEFAULT_PARALLELISM = 4;
const STYLE_LETTERS = { binary: 'b', json: 'j', text: 't' } as const;

/** The way the user asks for; by default parallel, binary, batched, which is the fastest (design §6). */
export function wantedDecoding(options: DecodingOptions): Decoding {
  const kind = options.plugin === 'pgoutput' ? 'pgoutput' : (options.mode ?? 'parallel');
  return {
    kind,
    style: options.style ?? 'binary',
    batch: options.batch ?? true,
    parallelism: options.parallelism ?? DEFAULT_PARALLELISM,
    options: options.options ?? {},
    isBasic: false,
  };
}

/** What to try when the server refuses; null: nothing, the user asked for exactly this. */
export function fallbackOf(decoding: Decoding, options: DecodingOptions): Decoding | null {
  return decoding.kind === 'parallel' && options.mode === undefined ? { ...decoding, kind: 'serial' } : null;
}

export interface StartFacts {
  readonly slot: string;
  readonly lsn: string;
  readonly publication: string | null;
  /** Null: all tables. */
  readonly tables: readonly TableName[] | null;
}

/**
 * The START_REPLICATION command. `parallel-decode-num` is always sent: the server's logical_decode_options_default could
 * change the format otherwise. Empty transactions are asked for: their commits move the slot.
 */
export function startCommand(decoding: Decoding, { slot, lsn, publication, tables }: StartFacts): string {
  const list = tables === null ? null : whiteTableList(tables);
  const options = decoding.kind === 'pgoutput' ? pgoutputOptions(publication ?? '') : pluginOptions(decoding, list);
  const text = Object.entries({ ...decoding.options, ...options })
    .map(([name, value]) => `${quoteIdentifier(name)} ${literal(value)}`)
    .join(', ');
  return `START_REPLICATION SLOT ${quoteIdentifier(slot)} LOGICAL ${lsn} (${text})`;
}

function pgoutputOptions(publication: string): Readonly<Record<string, string>> {
  return { proto_version: '1', publication_names: quoteIdentifier(publication) };
}

function pluginOptions(decoding: Decoding, list: string | null): Readonly<Record<string, string>> {
  const common = { 'include-xids': 'on', 'include-timestamp': 'on', 'skip-empty-xacts': 'off' };
  if (decoding.isBasic) return common;
  const filter = list === null ? {} : { 'white-table-list': list };
  if (decoding.kind === 'serial') return { ...common, 'parallel-decode-num': '1', ...filter };
  return {
    ...common,
    'parallel-decode-num': String(decoding.parallelism),
    'decode-style': STYLE_LETTERS[decoding.style],
    'sending-batch': decoding.batch ? '1' : '0',
    ...filter,
  };
}

/** Plain SQL string: the replication grammar of openGauss doubles quotes and knows no escapes (repl_scanner.l). */
function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/**
 * Value of `white-table-list`: raw names in exact case, `schema.table` joined by commas. A name with a blank, a comma or a
 * dot cannot stand in it, and quotes and parentheses meet the server's own count of them (cmdStringCheck): those are
 * reached by `*` for that part, and what comes too much is left out by the service. Null: the list would name everything.
 */
export function whiteTableList(tables: readonly TableName[]): string | null {
  const entries = new Set(tables.map(({ schema, table }) => `${listable(schema)}.${listable(table)}`));
  if (entries.has('*.*')) return null;
  return [...entries].join(',');
}

/** Whether a name can stand in `white-table-list` as it is. */
export function isListable(name: string): boolean {
  return name !== '*' && name !== '' && !/[\s,.'"()\\;]/.test(name);
}

function listable(name: string): string {
  return isListable(name) ? name : '*';
}
