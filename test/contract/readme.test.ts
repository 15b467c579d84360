import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/config/document.ts';
import { environmentName, flagName, SERVE_OPTIONS } from '../../src/config/serve-config.ts';
import { ByteWriter } from '../../src/domain/byte-writer.ts';
import { CELL_UNCHANGED, type RowView } from '../../src/domain/cell.ts';
import { neutralFacts } from '../../src/domain/neutral-facts.ts';
import type { TableDescription } from '../../src/domain/relation.ts';
import { createEnvelope } from '../../src/envelope/formats.ts';
import { wantedDecoding } from '../../src/source/opengauss/decoding.ts';
import { heartbeatGrantsSql, heartbeatTableSql } from '../../src/source/opengauss/heartbeat-table.ts';
import { parseSpec } from '../../src/task/spec.ts';
import { SourceSchema } from '../../src/task/spec-source.ts';

const README = read('README.md');
const OPENGAUSS = read('docs/opengauss.md');

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

/** All blocks of a language, in order. */
function blocks(page: string, language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1]!);
}

/** The README's first block of a language. */
function block(language: string): string {
  const [text] = blocks(README, language);
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
  facts: [neutralFacts('int8'), neutralFacts('text')],
  uniqueIndexes: [],
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
    const transaction = { xid: 1, commitTimeUs: shown.es * 1000, origin: null, previousLsn: null };
    envelope.writeValue(envelope.parts(change)[0]!, change, transaction, shown.ts, out);
    expect(text.replace(/\n */g, '')).toBe(out.bytes.toString('utf8', 0, out.position));
  });

  it.each(SERVE_OPTIONS)('lists the option %s of serve with its flag and variable', (option) => {
    expect(README).toContain(`| \`--${flagName(option)}\` | \`${environmentName(option)}\` |`);
  });
});

describe('docs/opengauss.md', () => {
  const [minimal, full] = blocks(OPENGAUSS, 'yaml').map((text) => parseSpec(parseDocument(text, 'docs/opengauss.md')));

  it('shows a minimal task that this version takes as it stands', () => {
    expect(minimal?.source).toMatchObject({ dialect: 'opengauss', database: 'shop' });
  });

  it('shows every option of decoding and heartbeat with its value when left out', () => {
    const { decoding, heartbeat } = SourceSchema.shape;
    expect(Object.keys(full?.source.decoding ?? {}).sort()).toEqual(Object.keys(decoding.unwrap().shape).sort());
    expect(full?.source.heartbeat).toEqual(heartbeat.unwrap().parse({}));
    const { kind, style, batch, parallelism, options } = wantedDecoding({});
    expect(full?.source.decoding).toMatchObject({ mode: kind, style, batch, parallelism, options });
  });

  it.each([
    ['docs/opengauss.md', 'cdc'],
    ['scripts/services/opengauss/10-replication-user.sh', '$GAUSSCAST_DB_USER'],
  ])('%s makes the heartbeat table as the service does', (path, role) => {
    const sql = squeezed(read(path));
    expect(sql).toContain(squeezed(heartbeatTableSql('public')));
    expect(sql).toContain(squeezed(heartbeatGrantsSql('public', role).at(-1)!));
  });
});

describe('examples', () => {
  it('hold tasks that this version takes as they stand', () => {
    const spec = parseSpec(parseDocument(read('examples/opengauss-task.yaml'), 'opengauss-task.yaml'));
    expect(spec.source).toMatchObject({ dialect: 'opengauss', host: 'opengauss', replicationPort: 5433 });
  });
});

/** SQL without what may be written in more than one way: white space and quotes around identifiers. */
function squeezed(sql: string): string {
  return sql.replaceAll('"', '').replace(/\s+/g, '');
}
