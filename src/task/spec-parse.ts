import type { z } from 'zod';
import { CdcError, type FieldError } from '../domain/errors.ts';
import { nearestKey } from '../domain/nearest-key.ts';
import { ruleFaults } from './spec-rules.ts';
import { supportFaults } from './spec-support.ts';
import { membersOf, type SchemaNode, schemaAt } from './spec-walk.ts';

/**
 * Checks a spec, or one section of it, against its schema, the rules between fields and what this version offers, and
 * reports all faults at once. Values are never repeated in messages: they may be secrets. Errors: SPEC_INVALID.
 */
export function parseSection<S extends z.ZodType>(schema: S, input: unknown, section: string | null): z.output<S> {
  const result = schema.safeParse(input);
  const faults = result.success ? [] : result.error.issues.flatMap((issue) => issueFaults(schema, issue, input));
  const known = new Set(faults.map((fault) => fault.path));
  for (const fault of [...ruleFaults, ...supportFaults].flatMap((check) => check(inSpec(input, section)))) {
    const path = section === null ? fault.path : withoutSection(fault.path, section);
    if (path !== null && !known.has(path)) faults.push({ ...fault, path });
  }
  if (result.success && faults.length === 0) return result.data;
  const list = faults.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new CdcError('SPEC_INVALID', list.join('; '), { fields: faults });
}

function inSpec(input: unknown, section: string | null): unknown {
  return section === null ? input : { [section]: input };
}

function withoutSection(path: string, section: string): string | null {
  return path.startsWith(`${section}.`) ? path.slice(section.length + 1) : null;
}

function issueFaults(schema: SchemaNode, issue: z.core.$ZodIssue, input: unknown): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(membersOf(schemaAt(schema, issue.path) ?? schema) ?? {});
    return issue.keys.map((key) => unknownKey([...issue.path, key], key, known));
  }
  const path = formatPath(issue.path);
  const isMissing = issue.code !== 'custom' && valueAt(input, issue.path) === undefined;
  if (isMissing && issue.path.length > 0) return [{ path, code: 'required', message: 'is required' }];
  return [{ path, code: issue.code, message: issue.message }];
}

function unknownKey(path: readonly PropertyKey[], key: string, known: readonly string[]): FieldError {
  const nearest = nearestKey(key, known);
  const advice = nearest === null ? `known are ${known.join(', ')}` : `did you mean "${nearest}"?`;
  return { path: formatPath(path), code: 'unknown_key', message: `unknown key "${key}"; ${advice}` };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

/** `objects.include[0]`, `target.clientProperties["compression.type"]`. */
function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const name = String(key);
    if (!/^[\w$-]+$/.test(name)) return `${text}[${JSON.stringify(name)}]`;
    return text === '' ? name : `${text}.${name}`;
  }, '');
}
