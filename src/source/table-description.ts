import { CdcError } from '../domain/errors.ts';
import type { Relation, TableDescription } from '../domain/relation.ts';
import { type DescribedColumn, type DescribedType, toFacts } from './column-facts.ts';

/** What one round trip tells about a relation; `types` is aligned with the type oids that were asked for. */
export interface DescriptionRow {
  readonly oid: string;
  readonly primary_key: readonly string[] | null;
  readonly identity_index: readonly string[] | null;
  /** Columns of the unique indexes of whole rows and plain columns that are not the primary key, by name of the index. */
  readonly unique_indexes: readonly (readonly string[])[] | null;
  /** All columns in table order. */
  readonly columns: readonly DescribedColumn[] | null;
  readonly types: readonly DescribedType[] | null;
}

/**
 * Aligns the catalog's answer with the columns as the stream announced them. Null when the table found by name cannot be the
 * announced one. Errors: KEY_UNAVAILABLE when a primary key column is not among the announced ones.
 */
export function toDescription(relation: Relation, row: DescriptionRow): TableDescription | null {
  const current = (row.primary_key ?? []).map((name) => positionOf(relation, row, name));
  if (Number(row.oid) !== relation.oid && !sameKeyAsAnnounced(relation, current)) return null;
  const keyColumns = keyPositions(relation, row, current);
  const types = row.types ?? [];
  const columns = new Map((row.columns ?? []).map((column) => [positionOf(relation, row, column.name), column]));
  return {
    relation,
    keyColumns,
    identityColumns: identityPositions(relation, row, keyColumns),
    typeNames: types.map((type) => type.name),
    baseTypeOids: types.map((type) => Number(type.base)),
    // A type that was dropped since the change was written is printed as text.
    typeCategories: types.map((type) => type.category ?? 'b'),
    facts: types.map((type, at) => toFacts(relation.columns[at]!, type, columns.get(at))),
    uniqueIndexes: (row.unique_indexes ?? [])
      .map((names) => names.map((name) => positionOf(relation, row, name)))
      .filter((positions) => !positions.includes(-1)),
  };
}

/**
 * The primary key at the time of the change. The catalog knows its order, but it is as of now and may be ahead of the stream; what
 * the stream marks under identity d is the key of that time, as a set.
 *
 * | marked under d | catalog's key columns in the stream | key                                                    |
 * |----------------|-------------------------------------|--------------------------------------------------------|
 * | none, or not d | all                                 | the catalog's                                          |
 * | none           | some missing                        | none: it was added after the change was written        |
 * | the same       | all                                 | the catalog's                                          |
 * | others         | all                                 | the marked ones, in table order: the key was changed   |
 * | others         | some missing                        | the marked ones: as before                             |
 * | fewer          | some missing                        | KEY_UNAVAILABLE: the publication leaves key columns out |
 */
function keyPositions(relation: Relation, row: DescriptionRow, current: readonly number[]): readonly number[] {
  const isComplete = !current.includes(-1);
  const marked = relation.replicaIdentity === 'd' ? markedPositions(relation) : [];
  if (isComplete && (marked.length === 0 || isSameSet(marked, current))) return current;
  if (marked.some((at) => !current.includes(at)) || isComplete) return marked;
  if (relation.replicaIdentity === 'd' && marked.length === 0) return [];
  const missing = (row.primary_key ?? []).filter((_, at) => current[at] === -1);
  throw new CdcError(
    'KEY_UNAVAILABLE',
    `primary key column ${missing.join(', ')} of ${relation.schema}.${relation.table} is not in the stream`,
    {
      hint: 'Publish all primary key columns (publication column list, generated columns); the stream must hold the key.',
    },
  );
}

/** By name; a column renamed after the change was written is found by its place, if count and type still fit. */
function positionOf(relation: Relation, row: DescriptionRow, name: string): number {
  const byName = relation.columns.findIndex((column) => column.name === name);
  if (byName >= 0) return byName;
  const all = row.columns ?? [];
  const count = relation.columns.length;
  const current = all.length === count ? all : all.filter((column) => !column.isGenerated);
  const place = current.findIndex((column) => column.name === name);
  const announced = relation.columns[place];
  if (place < 0 || announced === undefined || current.length !== count) return -1;
  const taken = current.some((column) => column.name === announced.name);
  return !taken && Number(current[place]?.type) === announced.typeOid ? place : -1;
}

function identityPositions(relation: Relation, row: DescriptionRow, key: readonly number[]): readonly number[] {
  switch (relation.replicaIdentity) {
    case 'd':
      return key;
    case 'f':
      return relation.columns.map((_, at) => at);
    case 'n':
      return [];
    case 'i': {
      const positions = (row.identity_index ?? []).map((name) => positionOf(relation, row, name));
      // The identity was changed since: what the stream marked then is what old rows hold.
      return positions.length > 0 && !positions.includes(-1) ? positions : markedPositions(relation);
    }
  }
}

function markedPositions(relation: Relation): readonly number[] {
  return relation.columns.flatMap((column, at) => (column.isIdentity ? [at] : []));
}

/** Whether a table found by name can be the announced one: under identity d its key must be what the stream marks. */
function sameKeyAsAnnounced(relation: Relation, current: readonly number[]): boolean {
  if (relation.replicaIdentity !== 'd') return true;
  const marked = markedPositions(relation);
  return isSameSet(marked, marked.length === 0 && current.includes(-1) ? [] : current);
}

function isSameSet(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((at) => other.includes(at));
}
