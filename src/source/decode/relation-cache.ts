import type { Column, Relation, ReplicaIdentity } from '../../domain/relation.ts';
import type { FrameReader } from './frame-reader.ts';

/**
 * The relations a stream has announced, by oid. A relation is announced before its first change and whenever the server's
 * knowledge of it was renewed. Each time it is a new version: what the message does not tell (defaults, NOT NULL, keys) may
 * have changed, and what is compiled for it must be asked for again.
 */
export class RelationCache {
  readonly #announced = new Map<number, Relation>();
  #lastOid = -1;
  #last: Relation | undefined;

  /** Reads a Relation message (after its tag). */
  announce(reader: FrameReader): Relation {
    const relation = readRelation(reader);
    this.#announced.set(relation.oid, relation);
    this.#lastOid = -1;
    return relation;
  }

  find(oid: number): Relation | undefined {
    if (oid === this.#lastOid) return this.#last;
    const relation = this.#announced.get(oid);
    if (relation === undefined) return undefined;
    this.#lastOid = oid;
    this.#last = relation;
    return relation;
  }
}

function readRelation(reader: FrameReader): Relation {
  const oid = reader.uint32();
  // The server leaves out pg_catalog (protocol docs, Relation: "empty string for pg_catalog").
  const schema = reader.text() || 'pg_catalog';
  const table = reader.text();
  const replicaIdentity = readIdentity(reader);
  const count = reader.uint16();
  const columns: Column[] = [];
  for (let i = 0; i < count; i++) columns.push(readColumn(reader));
  reader.finish();
  return { oid, schema, table, replicaIdentity, columns };
}

function readIdentity(reader: FrameReader): ReplicaIdentity {
  const letter = String.fromCharCode(reader.uint8());
  if (letter === 'd' || letter === 'f' || letter === 'i' || letter === 'n') return letter;
  return reader.fail(`unknown replica identity ${JSON.stringify(letter)}`);
}

function readColumn(reader: FrameReader): Column {
  const flags = reader.uint8();
  if (flags > 1) reader.fail(`unknown column flags ${flags}`);
  return { name: reader.text(), typeOid: reader.uint32(), typeModifier: reader.int32(), isIdentity: flags === 1 };
}
