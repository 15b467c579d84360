import type { Column, Relation, ReplicaIdentity } from '../../domain/relation.ts';
import type { FrameReader } from './frame-reader.ts';

interface Announced {
  readonly relation: Relation;
  /** Copy of the message body: equal bytes are an equal shape. */
  readonly body: Buffer;
}

/** The relations a stream has announced, by oid. Keeps one object per version of a relation's shape. */
export class RelationCache {
  readonly #announced = new Map<number, Announced>();
  #lastOid = -1;
  #last: Relation | undefined;

  /** Reads a Relation message (after its tag). Returns the relation when it is new or its shape differs, else null. */
  announce(reader: FrameReader): Relation | null {
    const body = reader.bytes.subarray(reader.at, reader.end);
    const relation = readRelation(reader);
    const known = this.#announced.get(relation.oid);
    if (known?.body.equals(body)) return null;
    this.#announced.set(relation.oid, { relation, body: Buffer.from(body) });
    this.#lastOid = -1;
    return relation;
  }

  find(oid: number): Relation | undefined {
    if (oid === this.#lastOid) return this.#last;
    const relation = this.#announced.get(oid)?.relation;
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
