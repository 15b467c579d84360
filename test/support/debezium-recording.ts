import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const FOLDER = resolve(import.meta.dirname, '../fixtures/debezium');

/** `<scenario>.stream.json`: the WAL a connector read and the catalog it saw (test/fixtures/debezium/README.md). */
export interface RecordedStream {
  readonly scenario: string;
  readonly database: string;
  readonly live: boolean;
  readonly steps: readonly { readonly lsn: string }[];
  readonly tables: readonly RecordedTable[];
  readonly types: readonly RecordedType[];
  readonly catalogChanges?: readonly { readonly afterStep: number; readonly catalog: RecordedCatalog }[];
  readonly frames: readonly RecordedFrame[];
}

export interface RecordedCatalog {
  readonly tables: readonly RecordedTable[];
  readonly types: readonly RecordedType[];
}

export type RecordedFrame =
  | { readonly type: 'w'; readonly start: string; readonly payload: string }
  | { readonly type: 'k' };

export interface RecordedTable {
  readonly schema: string;
  readonly table: string;
  readonly oid: number;
  readonly columns: readonly RecordedColumn[];
  readonly primaryKey: readonly string[];
  readonly uniqueIndexes: readonly {
    readonly name: string;
    readonly columns: readonly string[];
    readonly partial: boolean;
    readonly expressions: boolean;
  }[];
}

export interface RecordedColumn {
  readonly name: string;
  readonly typname: string;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly generated?: string;
}

/** A type that a user or an extension made. */
export interface RecordedType {
  readonly oid: number;
  readonly name: string;
  readonly typtype: string;
  readonly category: string;
  readonly elem?: number;
  readonly labels?: readonly string[];
  readonly baseType?: number;
  readonly baseTypmod?: number;
  readonly notNull?: boolean;
}

/** `<scenario>.<config>.messages.json`: what that connector published. */
export interface RecordedMessages {
  readonly settings: Readonly<Record<string, string>>;
  readonly schemas: readonly string[];
  readonly messages: readonly {
    readonly topic: string;
    readonly key: RecordedText;
    readonly value: RecordedText;
    readonly headers: readonly (readonly [string, string])[];
  }[];
}

/** No bytes; the exact text; or schema and payload. */
export type RecordedText = null | string | readonly [number, string];

export function readStream(scenario: string): RecordedStream {
  return readJson(`${scenario}.stream.json`) as RecordedStream;
}

export function readMessages(name: string): RecordedMessages {
  return readJson(`${name}.messages.json`) as RecordedMessages;
}

/** Names of the recordings of messages, `<scenario>.<config>`. */
export function recordingNames(): readonly string[] {
  const suffix = '.messages.json';
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(suffix))
    .map((file) => file.slice(0, -suffix.length))
    .sort();
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(resolve(FOLDER, file), 'utf8'));
}
