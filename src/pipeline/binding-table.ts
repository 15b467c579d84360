import type { Change } from '../domain/change.ts';
import { CdcError } from '../domain/errors.ts';
import type { Relation } from '../domain/relation.ts';
import type { Binding } from './binding.ts';

/** Makes topic, catalog facts and encoder of a relation ready; null: not selected. */
export type PrepareRelation = (relation: Relation) => Promise<Binding | null>;

/** What is compiled for the relation versions of a stream. A relation is prepared before its first change is read. */
export class BindingTable {
  readonly #prepare: PrepareRelation;
  readonly #bindings = new Map<Relation, Binding | null>();
  readonly #newest = new Map<number, Relation>();
  #lastRelation: Relation | null = null;
  #lastBinding: Binding | null = null;
  #isPreparing = false;

  constructor(prepare: PrepareRelation) {
    this.#prepare = prepare;
  }

  /** True from `prepare` on until it resolves; for good when it fails. */
  get isPreparing(): boolean {
    return this.#isPreparing;
  }

  /** Makes a new relation version ready. Rejects with what made it impossible. */
  async prepare(relation: Relation): Promise<void> {
    this.#isPreparing = true;
    const binding = await this.#prepare(relation);
    this.#forgetBefore(relation);
    this.#bindings.set(relation, binding);
    this.#isPreparing = false;
  }

  /** A version of a table is over when the next one is announced. */
  #forgetBefore(relation: Relation): void {
    const before = this.#newest.get(relation.oid);
    if (before !== undefined && before.schema === relation.schema && before.table === relation.table) {
      this.#bindings.delete(before);
    }
    this.#newest.set(relation.oid, relation);
  }

  /** The binding of a change's table, null when it is not selected. Most changes are of the table of the one before. */
  of({ relation }: Change): Binding | null {
    return relation === this.#lastRelation ? this.#lastBinding : this.#lookUp(relation);
  }

  #lookUp(relation: Relation): Binding | null {
    const binding = this.#bindings.get(relation);
    if (binding === undefined) {
      throw new CdcError('INTERNAL', `change of ${relation.schema}.${relation.table} before its relation was prepared`);
    }
    this.#lastRelation = relation;
    this.#lastBinding = binding;
    return binding;
  }
}
