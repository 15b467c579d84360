import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/config/document.ts';
import { environmentName, flagName, SERVE_OPTIONS } from '../../src/config/serve-config.ts';
import { ByteWriter } from '../../src/domain/byte-writer.ts';
import { CELL_UNCHANGED, type RowView } from '../../src/domain/cell.ts';
import type { TableDescription } from '../../src/domain/relation.ts';
import { createEnvelope } from '../../src/envelope/formats.ts';
import { parseSpec } from '../../src/task/spec.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The first block of a language. */
function block(language: string): string {
  const text = README.match(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's'))?.[1];
  if (text === undefined) throw new Error(`the README has no ${language} block`);
  return text;
}

const COLUMNS = ['id', 'name'] as const;
const DESCRIPTION: TableDescription = {
  relation: {
    oid: 1,
    schema: 'public',
    table: 'customers',
    replicaIdentity: 'd',
    columns: [
      { name: 'id', typeOid: 20, typeModifier: -1, isIdentity: true },
      { name: 'name', typeOid: 25, typeModifier: -1, isIdentity: false },
    ],
  },
  keyColumns: [0],
  identityColumns: [0],
  typeNames: ['bigint', 'text'],
  baseTypeOids: [20, 25],
  typeCategories: ['b', 'b'],
};

function rowOf(row: Readonly<Record<string, string>>): RowView {
  const cells = COLUMNS.map((name) => row[name]);
  const lengths = cells.map((cell) => (cell === undefined ? CELL_UNCHANGED : Buffer.byteLength(cell)));
  return {
    bytes: Buffer.from(cells.join('')),
    offset: Int32Array.of(0, Math.max(lengths[0]!, 0)),
    length: Int32Array.from(lengths),
  };
}

describe('README', () => {
  it('shows a task that this version takes as it stands', () => {
    const spec = parseSpec(parseDocument(block('yaml'), 'README.md'));
    expect(spec).toMatchObject({ name: 'orders-to-kafka', envelope: { format: 'drs-json' } });
  });

  it('shows the record exactly as the encoder writes it', () => {
    const text = block('json');
    const shown = JSON.parse(text);
    const envelope = createEnvelope({ format: 'drs-json' }).compile({
      database: shown.database,
      taskName: 'orders-to-kafka',
      dialect: 'postgres',
      description: DESCRIPTION,
    });
    const change = {
      op: 'u',
      relation: DESCRIPTION.relation,
      after: rowOf(shown.data[0]),
      before: null,
      beforeKind: 'none',
      lsnHigh: 0,
      lsnLow: 1,
      eventNumber: shown.id,
    } as const;
    const out = new ByteWriter(1024);
    const transaction = { xid: 1, commitTimeUs: shown.es * 1000, origin: null };
    envelope.writeValue(envelope.parts(change)[0]!, change, transaction, shown.ts, out);
    expect(text.replace(/\n */g, '')).toBe(out.bytes.toString('utf8', 0, out.position));
  });

  it.each(SERVE_OPTIONS)('lists the option %s of serve with its flag and variable', (option) => {
    expect(README).toContain(`| \`--${flagName(option)}\` | \`${environmentName(option)}\` |`);
  });
});
