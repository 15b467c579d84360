import type { Column, ColumnFacts } from '../domain/relation.ts';

/** A column of the table as it is now, in table order. */
export interface DescribedColumn {
  readonly name: string;
  /** Oid of its type, domains as they are. */
  readonly type: string;
  readonly isNotNull: boolean;
  /** Some streams leave generated columns out, others have them. */
  readonly isGenerated: boolean;
  readonly defaultExpression: string | null;
}

/** A type that was asked for by its oid. What was dropped since the change was written has category and baseName null. */
export interface DescribedType {
  readonly name: string;
  /** Oid with domains resolved; the one asked for where nothing is known of it. */
  readonly base: string;
  readonly category: string | null;
  readonly baseName: string | null;
  readonly isDomain: boolean;
  /** Of the domain; -1: none. */
  readonly domainModifier: number;
  readonly domainIsNotNull: boolean;
  readonly enumLabels: readonly string[] | null;
  readonly element: { readonly oid: string; readonly name: string; readonly category: string } | null;
}

/**
 * Facts of an announced column. `current`: the same column as it is now; undefined where the catalog has none any more, of
 * which only the type is known then. A column that got another type since keeps no default: it would be one of that type.
 */
export function toFacts(announced: Column, type: DescribedType, current: DescribedColumn | undefined): ColumnFacts {
  const hasDefault = current !== undefined && !current.isGenerated && Number(current.type) === announced.typeOid;
  return {
    baseTypeName: type.baseName ?? type.name,
    typeModifier: announced.typeModifier === -1 ? type.domainModifier : announced.typeModifier,
    isNotNull: type.domainIsNotNull || (current?.isNotNull ?? false),
    defaultExpression: hasDefault ? current.defaultExpression : null,
    isDomain: type.isDomain,
    enumLabels: type.enumLabels,
    element: type.element && { ...type.element, oid: Number(type.element.oid) },
  };
}
