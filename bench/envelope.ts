import { ByteWriter } from '../src/domain/byte-writer.ts';
import type { RowView } from '../src/domain/cell.ts';
import type { Change } from '../src/domain/change.ts';
import { neutralFacts } from '../src/domain/neutral-facts.ts';
import type { TableDescription } from '../src/domain/relation.ts';
import type { CompiledEnvelope, RecordPart } from '../src/envelope/envelope.ts';
import { createEnvelope, OFFERED_FORMATS } from '../src/envelope/formats.ts';
import type { EnvelopeOptions } from '../src/envelope/options.ts';
import { compileKey } from '../src/pipeline/record-key.ts';

/**
 * `npx tsx bench/envelope.ts [format…]`: CPU time per change of keys and values of its records, next to JSON.stringify
 * of the same as ready-made objects (which leaves out the cost of making them). 8 columns, about 200 bytes of cells.
 */
const COLUMNS: readonly (readonly [name: string, oid: number, typeName: string, text: string])[] = [
  ['id', 20, 'bigint', '4711000042'],
  ['customer', 25, 'text', 'Annabel "Ann" Example-Smith of Springfield'],
  ['note', 25, 'text', 'leave the parcel with the neighbours, second floor, ring twice please'],
  ['amount', 1700, 'numeric', '12345.67'],
  ['created_at', 1114, 'timestamp without time zone', '2026-05-01 12:34:56.789012'],
  ['quantity', 20, 'bigint', '12'],
  ['paid', 16, 'boolean', 't'],
  ['reference', 2950, 'uuid', '0b6f3f3e-7f0e-4d0a-9d5c-2f6f1f1c0d11'],
];
const DESCRIPTION: TableDescription = {
  relation: {
    oid: 1,
    schema: 'public',
    table: 'orders',
    replicaIdentity: 'd',
    columns: COLUMNS.map(([name, typeOid], i) => ({ name, typeOid, typeModifier: -1, isIdentity: i === 0 })),
  },
  keyColumns: [0],
  identityColumns: [0],
  typeNames: COLUMNS.map(([, , typeName]) => typeName),
  baseTypeOids: COLUMNS.map(([, oid]) => oid),
  typeCategories: COLUMNS.map(() => 'b'),
  facts: COLUMNS.map(([, , typeName]) => neutralFacts(typeName)),
  uniqueIndexes: [],
};
const TRANSACTION = { xid: 1, commitTimeUs: 1_777_000_000_123_456, origin: null, previousLsn: null };
const NOW_MS = 1_777_000_000_456;
const CHANGES = 60_000;
const ROUNDS = 7;
const VARIANTS: readonly EnvelopeOptions[] = [
  { format: 'drs-json' },
  { format: 'drs-json-c' },
  { format: 'debezium-json' },
  { format: 'debezium-json', schemas: true },
  { format: 'flat-json' },
  { format: 'canal-json' },
  { format: 'doris-multi-table', unwrap: { deleted: 'is_deleted' } },
];

function rowOf(texts: readonly string[]): RowView {
  const cells = texts.map((text) => Buffer.from(text, 'utf8'));
  const row = { bytes: Buffer.concat(cells), offset: new Int32Array(8), length: new Int32Array(8) };
  let at = 0;
  cells.forEach((cell, i) => {
    row.offset[i] = at;
    row.length[i] = cell.length;
    at += cell.length;
  });
  return row;
}

/** Least CPU time of a round per call, in µs: other work on the machine only adds to it. */
function measure(run: (number: number) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < CHANGES; i++) run(1_777_000_000_000_000 + i);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / CHANGES);
  }
  return best;
}

const key = compileKey(DESCRIPTION);
const out = new ByteWriter(1 << 20);
const row = rowOf(COLUMNS.map(([, , , text]) => text));
const base = { relation: DESCRIPTION.relation, lsnHigh: 0, lsnLow: 1, eventNumber: 1_777_000_000_000_000 };
const CASES: Readonly<Record<string, Change>> = {
  insert: { ...base, op: 'c', after: row, before: null, beforeKind: 'none' },
  update: { ...base, op: 'u', after: row, before: null, beforeKind: 'none' },
  'update (full)': { ...base, op: 'u', after: row, before: row, beforeKind: 'full' },
  delete: { ...base, op: 'd', after: null, before: row, beforeKind: 'key' },
};

/** Keys and values of all records that the change becomes; each begins anew, so that the buffer never grows. */
function write(envelope: CompiledEnvelope, change: Change): void {
  for (const part of envelope.parts(change)) {
    out.position = 0;
    writeKey(envelope, part, change);
    if (part.hasValue) envelope.writeValue(part, change, TRANSACTION, NOW_MS, out);
  }
}

function writeKey(envelope: CompiledEnvelope, part: RecordPart, change: Change): void {
  if (envelope.writeKey === null) key.write(change, part.keyRow, out);
  else envelope.writeKey(part, change, out);
}

/** The same keys and values as objects; some formats have text in front of the JSON. */
function readyMade(envelope: CompiledEnvelope, change: Change): readonly unknown[] {
  const text = (append: () => void) => {
    out.position = 0;
    append();
    return out.bytes.toString('utf8', 0, out.position);
  };
  return envelope.parts(change).flatMap((part) => {
    const texts = [text(() => writeKey(envelope, part, change))];
    if (part.hasValue) texts.push(text(() => envelope.writeValue(part, change, TRANSACTION, NOW_MS, out)));
    return texts.map((json): unknown => JSON.parse(json.slice(json.indexOf('{'))));
  });
}

function report(options: EnvelopeOptions): void {
  const envelope = createEnvelope(options).compile({
    database: 'shop',
    taskName: 'bench',
    dialect: 'postgres',
    description: DESCRIPTION,
  });
  for (const [name, change] of Object.entries(CASES)) {
    const objects = readyMade(envelope, change);
    const micros = measure((number) => {
      change.eventNumber = number;
      write(envelope, change);
    });
    const plain = measure(() => {
      for (const object of objects) Buffer.from(JSON.stringify(object));
    });
    const size = objects.reduce<number>((sum, object) => sum + Buffer.byteLength(JSON.stringify(object)), 0);
    const cells = [
      `${options.format}${options.schemas ? ' (schemas)' : ''}`.padEnd(23),
      name.padEnd(13),
      String(size).padStart(7),
      micros.toFixed(2).padStart(13),
      (size / micros).toFixed(0).padStart(5),
      plain.toFixed(2).padStart(17),
      (plain / micros).toFixed(1).padStart(5),
    ];
    console.log(cells.join(' | '));
  }
}

const wanted = process.argv.slice(2);
console.log(`cells ${row.bytes.length} B, ${process.version}\n`);
console.log('format                  | case          |   bytes | µs per change |  MB/s | JSON.stringify µs | ratio');
for (const options of VARIANTS) {
  const isWanted = wanted.length === 0 || wanted.includes(options.format);
  if (isWanted && OFFERED_FORMATS.includes(options.format)) report(options);
}
