const QUOTE = '"';

/** Undoes the server's `quote_identifier`: a name in double quotes, where `""` stands for `"`, or the name as it is. */
export function unquoteIdentifier(text: string): string {
  if (text.length < 2 || !text.startsWith(QUOTE) || !text.endsWith(QUOTE)) return text;
  return text.slice(1, -1).replaceAll('""', QUOTE);
}
