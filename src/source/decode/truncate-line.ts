import type { Relation } from '../../domain/relation.ts';
import type { FrameReader } from './frame-reader.ts';
import { textBetween } from './line-reading.ts';
import { type QualifiedName, splitNameList } from './qualified-name.ts';
import type { RelationBook } from './relation-book.ts';
import type { ShapeSource } from './shapes.ts';

const START = 'table ';
const REST = /^: TRUNCATE:(?: \(no-flags\)|(?: restart_seqs)?(?: cascade)?)$/;

/**
 * Reads `table name{, name}: TRUNCATE: (no-flags)|[restart_seqs] [cascade]` (openGauss 6.0 and later, mppdb_decoding.cpp),
 * the whole record. Errors: DECODE_FAILED.
 */
export function readTruncate(reader: FrameReader): readonly QualifiedName[] {
  const line = textBetween(reader, reader.at, reader.end, 'utf8');
  const { names, end } = splitNameList(line.slice(START.length));
  if (!line.startsWith(START) || names.length === 0 || !REST.test(line.slice(START.length + end))) {
    reader.fail('a record about tables is no TRUNCATE');
  }
  return names;
}

/**
 * The relations of truncated tables: as announced, else as in the catalog, else (dropped since) no more than the name.
 * Null: the catalog was asked first, the stream is held.
 */
export function truncatedRelations(
  names: readonly QualifiedName[],
  book: RelationBook,
  shapes: ShapeSource,
): Relation[] | null {
  const relations: Relation[] = [];
  for (const { schema, table } of names) {
    const known = book.table(schema, table).relation;
    const shape = known === null ? shapes.find(schema, table) : null;
    if (shape === undefined) {
      shapes.load(schema, table);
      return null;
    }
    relations.push(known ?? shape?.relation ?? { oid: 0, schema, table, replicaIdentity: 'd', columns: [] });
  }
  return relations;
}
