import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TableName } from '../../src/domain/decoding.ts';
import { parseLsn } from '../../src/domain/lsn.ts';
import type { ShapeSource, TableShape } from '../../src/source/decode/shapes.ts';
import { ByteSink } from './byte-sink.ts';
import type { WalFrame } from './wal-builder.ts';

const STREAMS = resolve(import.meta.dirname, '../fixtures/opengauss/streams');
/** JSON and text styles print it as text; the catalog does not. */
const CLOB_OID = 90;
const LENGTH_BYTES = 4;
const LSN_BYTES = 8;

/** What was recorded, each on one and the same stretch of WAL in all variants. */
export const SCENARIOS = [
  'ddl',
  'names',
  'no-identity',
  'ops-identity',
  'partitioned',
  'transactions',
  'types-binary',
  'types-numeric',
  'types-other',
  'types-text',
  'types-time',
  'ustore',
] as const;

/** Cells by column name; a column that was not sent is absent. */
export type RecordedRow = Readonly<Record<string, string | null>> | null;

export interface RecordedChange {
  readonly op: string;
  readonly schema?: string;
  readonly table?: string;
  readonly new?: RecordedRow;
  readonly old?: RecordedRow;
  /** Of a TRUNCATE: the line of mppdb_decoding. */
  readonly text?: string;
}

/** The logical content of a scenario. Type names are those of the JSON style, by `schema.table` and column. */
export interface RecordedContent {
  readonly columnTypes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly columnTypeOids: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly transactions: readonly { readonly xid: string; readonly changes: readonly RecordedChange[] }[];
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(resolve(STREAMS, file), 'utf8')) as T;
}

export function recordedContent(scenario: string): RecordedContent {
  return read(`${scenario}.expected.json`);
}

/** The XLogData frames of a recording. Style t with batches was not recorded: made of the two that were. */
export function recordedFrames(scenario: string, variant: string): WalFrame[] {
  if (variant === 'parallel-text-batch') return [batchOfTexts(scenario)];
  const { frames } = read<{ frames: { type: string; start: string; payload: string }[] }>(
    `${scenario}.${variant}.json`,
  );
  return frames
    .filter(({ type }) => type === 'w')
    .map(({ start, payload }) => ({ lsn: parseLsn(start), payload: Buffer.from(payload, 'base64') }));
}

/** The records of style t with the positions that the batch of style j has. */
function batchOfTexts(scenario: string): WalFrame {
  const [batch] = recordedFrames(scenario, 'parallel-json-batch');
  const sink = new ByteSink();
  let at = 0;
  for (const { payload } of recordedFrames(scenario, 'parallel-text')) {
    sink.uint32(payload.length + LSN_BYTES).int64(batch!.payload.readBigUInt64BE(at + LENGTH_BYTES));
    sink.bytes(payload);
    at += LENGTH_BYTES + batch!.payload.readUInt32BE(at);
  }
  return { lsn: batch!.lsn, payload: sink.uint32(0).toBuffer() };
}

/** When a catalog of the tables of a recording answers: without being asked, on the question, or when `answer` is called. */
export type Readiness = 'known' | 'asked' | 'later';

/** The tables of a recording as the catalog has them, with every column that they ever had. */
export class RecordedShapes implements ShapeSource {
  readonly #content: RecordedContent;
  readonly #readiness: Readiness;
  readonly #found = new Map<string, TableShape | null>();
  readonly #questions: TableName[] = [];

  constructor(content: RecordedContent, readiness: Readiness) {
    this.#content = content;
    this.#readiness = readiness;
  }

  /** The stream is held until `answer`. */
  get isAsked(): boolean {
    return this.#questions.length > 0;
  }

  find(schema: string, table: string): TableShape | null | undefined {
    if (this.#readiness === 'known') return this.#shapeOf({ schema, table });
    return this.#found.get(`${schema}.${table}`);
  }

  load(schema: string, table: string): void {
    this.#questions.push({ schema, table });
    if (this.#readiness !== 'later') this.answer();
  }

  answer(): void {
    for (const name of this.#questions.splice(0)) this.#found.set(`${name.schema}.${name.table}`, this.#shapeOf(name));
  }

  typeOid(typeName: string): number {
    for (const [table, types] of Object.entries(this.#content.columnTypes)) {
      for (const [column, name] of Object.entries(types)) {
        const oid = this.#content.columnTypeOids[table]![column]!;
        if (name === typeName && oid !== CLOB_OID) return oid;
      }
    }
    return 0;
  }

  #shapeOf({ schema, table }: TableName): TableShape | null {
    const oids = this.#content.columnTypeOids[`${schema}.${table}`];
    const types = this.#content.columnTypes[`${schema}.${table}`];
    if (oids === undefined || types === undefined) return null;
    const columns = Object.entries(oids).map(([name, typeOid]) => {
      return { name, typeOid, typeModifier: -1, isIdentity: false };
    });
    return {
      relation: { oid: 16_384, schema, table, replicaIdentity: 'd', columns },
      typeNames: columns.map(({ name, typeOid }) => (typeOid === CLOB_OID ? 'clob' : types[name]!)),
    };
  }
}
