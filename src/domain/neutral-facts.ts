import type { ColumnFacts } from './relation.ts';

/** Facts of a column of which only its type is known: nothing is promised of its values. */
export function neutralFacts(typeName: string, typeModifier = -1): ColumnFacts {
  return {
    baseTypeName: typeName,
    typeModifier,
    isNotNull: false,
    defaultExpression: null,
    isDomain: false,
    enumLabels: null,
    element: null,
  };
}
