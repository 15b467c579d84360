import { type TaskSpec, TaskSpecSchema } from './spec.ts';
import { elementOf, isSecret, membersOf, type SchemaNode } from './spec-walk.ts';

/**
 * The spec without its secrets: members that the schema marks as secret are left out, and so is what the schema does not
 * know, because nobody can tell what that holds.
 */
export function redactSpec(spec: TaskSpec): Readonly<Record<string, unknown>> {
  return copyOf(TaskSpecSchema, spec) as Readonly<Record<string, unknown>>;
}

/** All secrets in the spec, longest first: for scrubbing text that others wrote. */
export function secretValues(spec: TaskSpec): readonly string[] {
  const secrets = new Set<string>();
  collect(TaskSpecSchema, spec, secrets);
  return [...secrets].sort((a, b) => b.length - a.length);
}

function copyOf(schema: SchemaNode, value: unknown): unknown {
  if (Array.isArray(value)) {
    const element = elementOf(schema);
    return element === null ? [] : value.map((item) => copyOf(element, item));
  }
  if (typeof value !== 'object' || value === null) return value;
  const copies = children(schema, value)
    .filter(([, child]) => !isSecret(child))
    .map(([name, child, member]) => [name, copyOf(child, member)]);
  return Object.fromEntries(copies);
}

function collect(schema: SchemaNode, value: unknown, secrets: Set<string>): void {
  if (isSecret(schema)) {
    if (typeof value === 'string' && value !== '') secrets.add(value);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [, child, member] of children(schema, value)) collect(child, member, secrets);
}

/** Members (or elements) of a value that the schema knows, each with its schema. */
function children(schema: SchemaNode, value: object): [name: string, schema: SchemaNode, value: unknown][] {
  const members = membersOf(schema);
  const element = elementOf(schema);
  return Object.entries(value).flatMap(([name, member]): [string, SchemaNode, unknown][] => {
    const child = members === null ? element : Object.hasOwn(members, name) ? members[name]! : null;
    return child === null ? [] : [[name, child, member]];
  });
}
