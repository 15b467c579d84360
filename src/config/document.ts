import { parse, YAMLParseError } from 'yaml';
import { CdcError } from '../domain/errors.ts';

/**
 * Parses YAML or JSON text (JSON is YAML) into plain data. `name` says in messages where the text came from.
 * Errors: BODY_MALFORMED with line and column; the text itself is not repeated, because it may hold secrets.
 */
export function parseDocument(text: string, name: string): unknown {
  try {
    return parse(text, { prettyErrors: false, logLevel: 'error' });
  } catch (error) {
    throw malformed(error, text, name);
  }
}

function malformed(error: unknown, text: string, name: string): CdcError {
  const position = error instanceof YAMLParseError ? ` at ${lineAndColumn(text, error.pos[0])} (${error.code})` : '';
  return new CdcError('BODY_MALFORMED', `${name} is neither JSON nor YAML${position}`, {
    hint: 'Correct the document; a JSON or YAML linter shows the place.',
  });
}

function lineAndColumn(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
}
