const NAMES_SHOWN = 3;
const PLAIN = /^[a-z_][a-z0-9_$]*$/;

interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** Up to three tables (or `schema.*`) whose names are close to a pattern, nearest first, quoted where a pattern needs it. */
export function nearNames(pattern: string, tables: readonly TableName[]): readonly string[] {
  const wanted = normalise(pattern);
  // Of the last part only: a long schema name is no licence for a wholly different table.
  const last = pattern.includes('*') ? wanted : wanted.slice(wanted.lastIndexOf('.') + 1);
  const limit = Math.max(2, Math.floor(last.length * 0.4));
  return candidates(pattern, tables)
    .map((name) => ({ name, distance: editDistance(wanted, normalise(name)) }))
    .filter((one) => one.distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NAMES_SHOWN)
    .map((one) => one.name);
}

function candidates(pattern: string, tables: readonly TableName[]): readonly string[] {
  if (!pattern.includes('*')) return tables.map((one) => `${quotedPart(one.schema)}.${quotedPart(one.table)}`);
  return [...new Set(tables.map((one) => `${quotedPart(one.schema)}.*`))];
}

function quotedPart(name: string): string {
  return PLAIN.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

function normalise(text: string): string {
  return text.replaceAll('"', '').toLowerCase();
}

/** Levenshtein distance; long names are cut, the end of a 100-character name decides nothing. */
function editDistance(a: string, b: string): number {
  const left = a.slice(0, 100);
  const right = b.slice(0, 100);
  let previous = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let i = 1; i <= left.length; i++) {
    const current = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitute = previous[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      current.push(Math.min(substitute, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[right.length]!;
}
