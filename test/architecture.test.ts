import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

interface SourceFile {
  /** Path below src, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  /** Own modules as paths below src; packages by their specifier. */
  readonly own: readonly string[];
  readonly packages: readonly string[];
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map(read);
const production = files.filter((file) => !file.path.endsWith('.test.ts'));

function read(path: string): SourceFile {
  const text = readFileSync(join(SRC, path), 'utf8');
  const specifiers = [...text.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\(|\brequire\()'([^']+)'/g)].map(
    (match) => match[1]!,
  );
  const own = specifiers
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(SRC, resolve(SRC, dirname(path), specifier)));
  const packages = specifiers.filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'));
  return { path, text, lines: text.split('\n').length - 1, own, packages };
}

/** Folder (or file) → what it may import besides itself; each entry is a folder prefix or a file below src. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'domain/': [],
  'source/': ['domain/'],
  'envelope/': ['domain/'],
  'sink/': ['domain/'],
  'store/': ['domain/'],
  'pipeline/': ['domain/', 'source/source.ts', 'sink/sink.ts', 'envelope/envelope.ts'],
  'task/': [
    'domain/',
    'source/source.ts',
    'sink/sink.ts',
    'store/store.ts',
    'pipeline/',
    'envelope/envelope.ts',
    'envelope/formats.ts',
  ],
  'api/': ['domain/', 'task/', 'observe/'],
  'cli/': ['domain/', 'task/', 'config/', 'observe/'],
  'config/': ['domain/'],
  'observe/': ['domain/', 'task/task-api.ts'],
};

/** Package → the only folder that may import it. */
const DOORS: Readonly<Record<string, string>> = {
  pg: 'source/',
  'pg-logical-replication': 'source/',
  'pg-protocol': 'source/',
  kafkajs: 'sink/kafka/',
  avsc: 'envelope/codec/',
  fastify: 'api/',
  '@fastify/swagger': 'api/',
  '@fastify/swagger-ui': 'api/',
  'fastify-type-provider-zod': 'api/',
  libsql: 'store/sqlite/',
  commander: 'cli/',
  'prom-client': 'observe/',
  pino: 'observe/',
};

/** Pure folders and files: no I/O, no clock, no logger. */
const PURE = [
  /^domain\//,
  /^source\/decode\//,
  /^envelope\/(shape|convert|debezium)\//,
  /^source\/opengauss\/(auth|decoding|ddl-window|error-fields|startup-packet|status-message)\.ts$/,
  /^source\/precheck\//,
  /^pipeline\/ack-window\.ts$/,
  /^task\/machine\.ts$/,
];
const IMPURE =
  /\bDate\.now\(|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bprocess\.|from 'node:(fs|net|http|https|tls|child_process)|from 'pino'/;

describe('architecture', () => {
  for (const [folder, allowed] of Object.entries(ALLOWED)) {
    it(`${folder} imports only itself and ${allowed.join(', ') || 'nothing else'}`, () => {
      const wrong = production
        .filter((file) => file.path.startsWith(folder))
        .flatMap((file) =>
          file.own.filter((target) => !mayImport(folder, allowed, target)).map((target) => `${file.path} -> ${target}`),
        );
      expect(wrong).toEqual([]);
    });
  }

  it('opens each driver only through its door', () => {
    const wrong = production.flatMap((file) =>
      file.packages
        .filter((specifier) => {
          const door = DOORS[packageName(specifier)];
          return door !== undefined && !file.path.startsWith(door);
        })
        .map((specifier) => `${file.path} -> ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps decoders, shapes, the ack window and the state machine free of I/O, clock and logger', () => {
    const wrong = production.filter(
      (file) => PURE.some((pattern) => pattern.test(file.path)) && IMPURE.test(file.text),
    );
    expect(wrong.map((file) => file.path)).toEqual([]);
  });

  it('has no import cycles', () => {
    const graph = new Map(production.map((file) => [file.path, file.own]));
    expect(findCycle(graph)).toEqual([]);
  });

  it('has no file over 300 lines and no barrel or utils files', () => {
    expect(production.filter((file) => file.lines > 300).map((file) => `${file.path} ${file.lines}`)).toEqual([]);
    expect(
      production.filter((file) => /(^|\/)(index|utils?)\.ts$|(^|\/)utils\//.test(file.path)).map((file) => file.path),
    ).toEqual([]);
  });

  it('ends the process only in main.ts', () => {
    const wrong = production.filter((file) => file.path !== 'main.ts' && /\bprocess\.exit\(/.test(file.text));
    expect(wrong.map((file) => file.path)).toEqual([]);
  });
});

function mayImport(folder: string, allowed: readonly string[], target: string): boolean {
  return (
    target.startsWith(folder) ||
    allowed.some((entry) => (entry.endsWith('/') ? target.startsWith(entry) : target === entry))
  );
}

function packageName(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
}

function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const path of graph.keys()) {
    const cycle = visit(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
