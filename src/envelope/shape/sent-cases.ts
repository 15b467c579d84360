import type { Change } from '../../domain/change.ts';

/** Changes by what the server sent of the old row. An update: nothing, its identity columns, or all of it. */
export const INSERT = 0;
export const UPDATE = 1;
export const UPDATE_KEY = 2;
export const UPDATE_FULL = 3;
export const DELETE_KEY = 4;
export const DELETE_FULL = 5;

export function sentCaseOf({ op, beforeKind }: Change): number {
  if (op === 'c') return INSERT;
  if (op === 'd') return beforeKind === 'full' ? DELETE_FULL : DELETE_KEY;
  if (beforeKind === 'none') return UPDATE;
  return beforeKind === 'full' ? UPDATE_FULL : UPDATE_KEY;
}
