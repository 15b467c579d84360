import { CdcError, type FieldError } from '../domain/errors.ts';

export interface ObjectPatterns {
  readonly include: readonly string[];
  readonly exclude?: readonly string[] | undefined;
}

export interface Selection {
  matches(schema: string, table: string): boolean;
  /** The matching tables, and the include patterns that none of the given tables matches. */
  select<T extends { readonly schema: string; readonly table: string }>(
    tables: readonly T[],
  ): { readonly tables: readonly T[]; readonly unmatched: readonly string[] };
}

/** A name as literal pieces between wildcards: `a*b` is ['a', 'b'], a name without wildcard is one piece. */
type NamePattern = readonly string[];

interface TablePattern {
  readonly schema: NamePattern;
  readonly table: NamePattern;
}

/**
 * Compiles `schema.table` patterns. A part is a literal, a double-quoted identifier (`""` is one quote), or has `*` (any
 * run of characters, only outside quotes). Names match exactly as they stand in the catalog, with case, quoted or not:
 * people paste names from the catalog, where SQL's folding has happened already; `Orders` does not match `orders`.
 * Exclude wins over include. Errors: SPEC_INVALID with one field per malformed pattern.
 */
export function compileSelection({ include, exclude = [] }: ObjectPatterns): Selection {
  const faults = [...patternFaults('objects.include', include), ...patternFaults('objects.exclude', exclude)];
  if (faults.length > 0) {
    throw new CdcError('SPEC_INVALID', faults.map(({ path, message }) => `${path}: ${message}`).join('; '), {
      fields: faults,
    });
  }
  const included = include.map(compilePattern);
  const excluded = exclude.map(compilePattern);
  const matches = (schema: string, table: string) =>
    included.some((pattern) => fits(pattern, schema, table)) &&
    !excluded.some((pattern) => fits(pattern, schema, table));
  return {
    matches,
    select: (tables) => ({
      tables: tables.filter(({ schema, table }) => matches(schema, table)),
      unmatched: include.filter((_, i) => !tables.some(({ schema, table }) => fits(included[i]!, schema, table))),
    }),
  };
}

/** What is wrong with a pattern, or null. */
export function patternFault(pattern: string): string | null {
  const parts = parsePattern(pattern);
  return typeof parts === 'string' ? parts : null;
}

function patternFaults(path: string, patterns: readonly string[]): FieldError[] {
  return patterns.flatMap((pattern, i) => {
    const message = patternFault(pattern);
    return message === null ? [] : [{ path: `${path}[${i}]`, code: 'SPEC_INVALID', message }];
  });
}

function compilePattern(pattern: string): TablePattern {
  const parts = parsePattern(pattern);
  if (typeof parts === 'string') throw new CdcError('SPEC_INVALID', parts);
  return parts;
}

const TOKEN = /"((?:[^"]|"")*)"|([^".*]+)|(\.)|(\*)/y;

/** The two parts, or what is wrong. */
function parsePattern(pattern: string): TablePattern | string {
  const parts: string[][] = [['']];
  let at = 0;
  while (at < pattern.length) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(pattern);
    if (token === null) return `a double quote is not closed in ${pattern}`;
    at = TOKEN.lastIndex;
    const [, quoted, literal, dot] = token;
    const pieces = parts.at(-1)!;
    if (dot !== undefined) parts.push(['']);
    else if (quoted === undefined && literal === undefined) pieces.push('');
    else pieces[pieces.length - 1] += quoted?.replaceAll('""', '"') ?? literal!;
  }
  const [schema, table, ...rest] = parts;
  if (table === undefined)
    return `write schema.table, not ${pattern || 'nothing'}; all tables of a schema are schema.*`;
  if (rest.length > 0) return `write schema.table; a name that holds a dot needs double quotes: ${pattern}`;
  if (isEmpty(schema!) || isEmpty(table)) return `schema and table must not be empty: ${pattern}`;
  if (hasOuterSpace(pattern)) return `spaces around a name need double quotes: ${pattern}`;
  return { schema: schema!, table };
}

function isEmpty(pieces: NamePattern): boolean {
  return pieces.length === 1 && pieces[0] === '';
}

function hasOuterSpace(pattern: string): boolean {
  return /^\s|\s$|\s\.|\.\s/.test(pattern.replace(/"(?:[^"]|"")*"/g, 'q'));
}

function fits(pattern: TablePattern, schema: string, table: string): boolean {
  return nameFits(pattern.schema, schema) && nameFits(pattern.table, table);
}

/** First and last piece are anchored, those between are taken at their first place: linear, whatever the pattern. */
function nameFits(pieces: NamePattern, name: string): boolean {
  const first = pieces[0]!;
  if (pieces.length === 1) return name === first;
  const last = pieces.at(-1)!;
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
