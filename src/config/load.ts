import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { CdcError, type FieldError } from '../domain/errors.ts';
import { nearestKey } from '../domain/nearest-key.ts';
import { parseDocument } from './document.ts';
import {
  environmentName,
  flagName,
  SERVE_OPTIONS,
  type ServeConfig,
  ServeConfigSchema,
  type ServeOption,
} from './serve-config.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Flags = Readonly<Partial<Record<ServeOption | 'config', string>>>;

interface Setting {
  readonly value: unknown;
  /** Where the value came from, as the user wrote it: a bad value is reported under this name. */
  readonly origin: string;
}

/**
 * Puts the options of `serve` together: flag, then environment, then config file (`--config` or GAUSSCAST_CONFIG), then default.
 * `readFile` is replaceable for tests. Errors: CONFIG_INVALID naming every bad option where the user wrote it.
 */
export function loadServeConfig(flags: Flags, env: Environment, readFile = readUtf8): ServeConfig {
  const path = flags.config ?? (env.GAUSSCAST_CONFIG || undefined);
  const file = path === undefined ? new Map<ServeOption, Setting>() : fileSettings(path, readFile);
  const settings = new Map<ServeOption, Setting>();
  for (const option of SERVE_OPTIONS) {
    const setting = flagSetting(option, flags) ?? environmentSetting(option, env) ?? file.get(option);
    if (setting) settings.set(option, setting);
  }
  return validate(settings);
}

function flagSetting(option: ServeOption, flags: Flags): Setting | undefined {
  const value = flags[option];
  return value === undefined ? undefined : { value, origin: `--${flagName(option)}` };
}

/** An empty variable counts as not set, as compose files produce it for `${VAR:-}`. */
function environmentSetting(option: ServeOption, env: Environment): Setting | undefined {
  const name = environmentName(option);
  const value = env[name];
  return value === undefined || value === '' ? undefined : { value, origin: name };
}

function fileSettings(path: string, readFile: (path: string) => string): Map<ServeOption, Setting> {
  const settings = new Map<ServeOption, Setting>();
  const unknown: FieldError[] = [];
  for (const [key, value] of Object.entries(fileContent(path, readFile))) {
    const option = SERVE_OPTIONS.find((known) => known === camelCase(key));
    if (option) settings.set(option, { value, origin: `${key} in ${path}` });
    else unknown.push({ path: key, code: 'unknown_key', message: unknownKeyMessage(key) });
  }
  if (unknown.length > 0) throw invalid(unknown, path);
  return settings;
}

function fileContent(path: string, readFile: (path: string) => string): object {
  const content = parseDocument(readConfig(path, readFile), path) ?? {};
  if (typeof content === 'object' && !Array.isArray(content)) return content;
  throw new CdcError('CONFIG_INVALID', `${path} must hold a mapping of options`);
}

function readConfig(path: string, readFile: (path: string) => string): string {
  try {
    return readFile(path);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    throw new CdcError('CONFIG_INVALID', `the config file ${path} cannot be read${reason}`, { cause: error });
  }
}

/** `data-dir` and `data_dir` mean `dataDir`: people copy names from flags and variables. */
function camelCase(key: string): string {
  return key.replace(/[-_]([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function unknownKeyMessage(key: string): string {
  const nearest = nearestKey(key, SERVE_OPTIONS);
  return `unknown option "${key}"${nearest === null ? '' : `; did you mean "${nearest}"?`}`;
}

function validate(settings: Map<ServeOption, Setting>): ServeConfig {
  const values = Object.fromEntries([...settings].map(([option, setting]) => [option, setting.value]));
  const result = ServeConfigSchema.safeParse(values);
  if (result.success) return result.data;
  throw invalid(result.error.issues.map((issue) => fieldError(issue, settings)));
}

function fieldError(issue: z.core.$ZodIssue, settings: Map<ServeOption, Setting>): FieldError {
  const option = SERVE_OPTIONS.find((known) => known === issue.path[0]);
  const origin = option === undefined ? undefined : settings.get(option)?.origin;
  return { path: origin ?? issue.path.join('.'), code: issue.code, message: issue.message };
}

function invalid(fields: readonly FieldError[], path?: string): CdcError {
  const where = path === undefined ? '' : ` in ${path}`;
  const list = fields.map((field) => (path === undefined ? `${field.path}: ${field.message}` : field.message));
  return new CdcError('CONFIG_INVALID', `bad options${where}: ${list.join('; ')}`, { fields });
}

function readUtf8(path: string): string {
  return readFileSync(path, 'utf8');
}
