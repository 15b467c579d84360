import type { Column, ReplicaIdentity } from '../../src/domain/relation.ts';
import type { ShapeSource, TableShape } from '../../src/source/decode/shapes.ts';

const TYPE_OIDS: Readonly<Record<string, number>> = { integer: 23, bigint: 20, text: 25, clob: 90 };

/** A column of a fake catalog: name, type and, for a column of the identity, `key`. */
export type FakeColumn = readonly [name: string, type: string, key?: 'key'];

export function shapeOf(
  schema: string,
  table: string,
  columns: readonly FakeColumn[],
  replicaIdentity: ReplicaIdentity = 'd',
): TableShape {
  const all = columns.map(([name, type, key]): Column => {
    return { name, typeOid: TYPE_OIDS[type]!, typeModifier: 7, isIdentity: key === 'key' };
  });
  return {
    relation: { oid: 5, schema, table, replicaIdentity, columns: all },
    typeNames: columns.map(([, type]) => type),
  };
}

/** A catalog that gives its answers one after the other, then the last one again. */
export class FakeShapes implements ShapeSource {
  /** `schema.table` of every question. */
  readonly asked: string[] = [];
  readonly #answers: (TableShape | null)[];
  readonly #known = new Map<string, TableShape | null>();

  constructor(answers: readonly (TableShape | null)[] = [null]) {
    this.#answers = [...answers];
  }

  find(schema: string, table: string): TableShape | null | undefined {
    return this.#known.get(`${schema}.${table}`);
  }

  load(schema: string, table: string): void {
    const name = `${schema}.${table}`;
    this.asked.push(name);
    this.#known.set(name, this.#answers.length > 1 ? this.#answers.shift()! : this.#answers[0]!);
  }

  typeOid(typeName: string): number {
    return TYPE_OIDS[typeName] ?? 0;
  }
}
