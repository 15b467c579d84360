import { unquoteIdentifier } from './quoted-identifier.ts';

/** A name as `quote_identifier` prints it: quoted, with `"` doubled, wherever it holds more than letters, digits and `_`. */
const NAME = '"(?:[^"]|"")+"|[^"., :]+';
/** Two names and a dot, as `quote_qualified_identifier` prints them; with the flag `y` it goes through a list of such. */
const QUALIFIED_NAME = `(${NAME})\\.(${NAME})`;
const WHOLE = new RegExp(`^${QUALIFIED_NAME}$`);

export interface QualifiedName {
  readonly schema: string;
  readonly table: string;
}

/** Splits `schema.table` with either part quoted or not, and takes the quotes off; null where `text` is no such name. */
export function splitQualifiedName(text: string): QualifiedName | null {
  const match = WHOLE.exec(text);
  return match && { schema: unquoteIdentifier(match[1]!), table: unquoteIdentifier(match[2]!) };
}

/** Reads `name{, name}` at the begin of `text`. `end` is behind the last name; no names where the first is none. */
export function splitNameList(text: string): { names: QualifiedName[]; end: number } {
  const names: QualifiedName[] = [];
  const next = new RegExp(QUALIFIED_NAME, 'y');
  let end = 0;
  for (let match = next.exec(text); match !== null; match = next.exec(text)) {
    names.push({ schema: unquoteIdentifier(match[1]!), table: unquoteIdentifier(match[2]!) });
    end = next.lastIndex;
    if (!text.startsWith(', ', end)) break;
    next.lastIndex = end + 2;
  }
  return { names, end };
}
