import { ByteWriter } from '../src/domain/byte-writer.ts';
import type { RowView } from '../src/domain/cell.ts';
import type { Change } from '../src/domain/change.ts';
import type { TableDescription } from '../src/domain/relation.ts';
import { createEnvelope } from '../src/envelope/formats.ts';
import { compileKey } from '../src/pipeline/record-key.ts';

/**
 * `npx tsx bench/envelope.ts`: CPU time per change of the drs-json envelope and the record key, next to JSON.stringify
 * of the ready-made object (which leaves out the cost of making it). 8 columns, about 200 bytes of cells.
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
};
const TRANSACTION = { xid: 1, commitTimeUs: 1_777_000_000_123_456, origin: null };
const NOW_MS = 1_777_000_000_456;
const CHANGES = 300_000;
const ROUNDS = 7;

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

const envelope = createEnvelope({ format: 'drs-json' }).compile({
  database: 'shop',
  taskName: 'bench',
  dialect: 'postgres',
  description: DESCRIPTION,
});
const key = compileKey(DESCRIPTION);
const out = new ByteWriter(1 << 20);
const row = rowOf(COLUMNS.map(([, , , text]) => text));
const base = { relation: DESCRIPTION.relation, lsnHigh: 0, lsnLow: 1, eventNumber: 0 };
const CASES: Readonly<Record<string, Change>> = {
  insert: { ...base, op: 'c', after: row, before: null, beforeKind: 'none' },
  update: { ...base, op: 'u', after: row, before: null, beforeKind: 'none' },
  'update (full)': { ...base, op: 'u', after: row, before: row, beforeKind: 'full' },
  delete: { ...base, op: 'd', after: null, before: row, beforeKind: 'key' },
};

function write(change: Change): void {
  for (const part of envelope.parts(change)) {
    out.position = 0;
    key.write(change, part.keyRow, out);
    envelope.writeValue(part, change, TRANSACTION, NOW_MS, out);
  }
}

console.log(
  `cells ${row.bytes.length} B, ${process.version}\n\ncase           | value B | µs per change | JSON.stringify µs | ratio`,
);
for (const [name, change] of Object.entries(CASES)) {
  const micros = measure((number) => {
    change.eventNumber = number;
    write(change);
  });
  out.position = 0;
  envelope.writeValue(envelope.parts(change)[0]!, change, TRANSACTION, NOW_MS, out);
  const object = JSON.parse(out.bytes.toString('utf8', 0, out.position)) as { id: number };
  const size = out.position;
  const plain = measure((number) => {
    object.id = number;
    Buffer.from(JSON.stringify(object));
  });
  const cells = [
    name.padEnd(14),
    String(size).padStart(7),
    micros.toFixed(2).padStart(13),
    plain.toFixed(2).padStart(17),
    (plain / micros).toFixed(1),
  ];
  console.log(cells.join(' | '));
}
