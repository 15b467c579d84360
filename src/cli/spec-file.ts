import { parseDocument } from '../config/document.ts';
import { CdcError } from '../domain/errors.ts';
import type { CliIo } from './io.ts';

export interface PasswordOptions {
  readonly setPasswordFromEnv?: string;
  readonly passwordStdin?: boolean;
}

type Members = Readonly<Record<string, unknown>>;

/** Reads a YAML or JSON mapping from FILE, `-` for standard input. Errors: USAGE (no such file), BODY_MALFORMED. */
export async function readMapping(io: CliIo, file: string): Promise<Members> {
  const name = file === '-' ? 'standard input' : file;
  const content = parseDocument(file === '-' ? await io.readStdin() : readText(io, file), name);
  if (isMembers(content)) return content;
  throw new CdcError('BODY_MALFORMED', `${name} must hold a mapping, like a task spec`);
}

/** The password the options name, or undefined. Errors: USAGE when the variable is not set or both options are given. */
export async function readPassword(io: CliIo, options: PasswordOptions, file: string): Promise<string | undefined> {
  const variable = options.setPasswordFromEnv;
  if (variable !== undefined && options.passwordStdin) {
    throw new CdcError('USAGE', '--set-password-from-env and --password-stdin exclude each other');
  }
  if (options.passwordStdin) return passwordFromStdin(io, file);
  if (variable === undefined) return undefined;
  const password = io.env[variable];
  if (password === undefined || password === '') throw new CdcError('USAGE', `the variable ${variable} is not set`);
  return password;
}

/** The spec with this password of the source; the spec itself without one. */
export function withSourcePassword(spec: Members, password: string | undefined): Members {
  if (password === undefined) return spec;
  return { ...spec, source: withPassword(isMembers(spec.source) ? spec.source : {}, password) };
}

/** The `source` block of a whole spec, or the mapping itself when it is one, with the password put in. */
export function sourceBlock(content: Members, password: string | undefined): Members {
  return withPassword(isMembers(content.source) ? content.source : content, password);
}

function withPassword(source: Members, password: string | undefined): Members {
  return password === undefined ? source : { ...source, password };
}

async function passwordFromStdin(io: CliIo, file: string): Promise<string> {
  if (file === '-') throw new CdcError('USAGE', '--password-stdin needs standard input, which the spec already takes');
  // One line end belongs to the tool that wrote it (`echo`), not to the password.
  const password = (await io.readStdin()).replace(/\r?\n$/, '');
  if (password === '') throw new CdcError('USAGE', 'standard input holds no password');
  return password;
}

function readText(io: CliIo, file: string): string {
  try {
    return io.readFile(file);
  } catch (error) {
    throw new CdcError('USAGE', `cannot read ${file}`, { cause: error, hint: 'Check the name of the file.' });
  }
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
