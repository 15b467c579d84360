import type { Relation } from '../../domain/relation.ts';

/** A table as the catalog shows it: what the formats of openGauss leave out (oid, identity, type modifiers, key-only rows). */
export interface TableShape {
  readonly relation: Relation;
  /** `format_type(oid, NULL)` per column of `relation`. */
  readonly typeNames: readonly string[];
}

/** What decoders of formats that announce no relations ask the catalog, without waiting for it. */
export interface ShapeSource {
  /** The table as last seen in the catalog; null: there is none; undefined: never asked. */
  find(schema: string, table: string): TableShape | null | undefined;
  /** Asks the catalog (anew). The stream is held when this returns and goes on when the answer can be found. */
  load(schema: string, table: string): void;
  /** Oid of the type that `format_type(oid, NULL)` prints as `typeName`; 0: unknown. */
  typeOid(typeName: string): number;
}
