// biome-ignore lint/suspicious/noControlCharactersInRegex: taking control characters out is the purpose
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Text from elsewhere made safe for a terminal: escape sequences in a task's description must not reach it. */
export function printable(value: unknown): string {
  return String(value).replace(CONTROL, '\ufffd');
}

/** Columns padded to their widest cell, two spaces apart; no trailing spaces. Ends with a line end. */
export function table(header: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const lines = [header, ...rows].map((row) => row.map((cell) => printable(cell ?? '-').replace(/\s*\n\s*/g, ' ')));
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** `label  value` lines, one per pair; pairs whose value is null or undefined are left out. */
export function pairs(entries: readonly (readonly [string, unknown])[]): string {
  const shown = entries.filter(([, value]) => value != null);
  const width = Math.max(...shown.map(([label]) => label.length));
  return shown.map(([label, value]) => `${label.padEnd(width)}  ${printable(value)}\n`).join('');
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A number of bytes for people: `1.5 MiB`. */
export function bytes(count: number | null): string {
  if (count === null) return '-';
  const power = count < 1024 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(count) / Math.log(1024)));
  return power === 0 ? `${count} B` : `${(count / 1024 ** power).toFixed(1)} ${UNITS[power]}`;
}
