import { z } from 'zod';

/** What a schema node is made of, wrappers (optional, default, nullable, …) taken off. */
export type SchemaNode = z.core.$ZodType;

/** Takes off wrappers; `visit` sees each layer on the way. */
export function unwrap(schema: SchemaNode, visit: (layer: SchemaNode) => void = () => undefined): SchemaNode {
  visit(schema);
  const inner =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodReadonly
      ? schema.unwrap()
      : null;
  return inner === null ? schema : unwrap(inner, visit);
}

/** Members of an object schema by name; null for other schemas. */
export function membersOf(schema: SchemaNode): Readonly<Record<string, SchemaNode>> | null {
  const node = unwrap(schema);
  return node instanceof z.ZodObject ? node.shape : null;
}

/** Schema of the elements of an array or the values of a record; null for other schemas. */
export function elementOf(schema: SchemaNode): SchemaNode | null {
  const node = unwrap(schema);
  if (node instanceof z.ZodArray) return node.element;
  return node instanceof z.ZodRecord ? node.valueType : null;
}

/** The schema at a path of the input, or null. */
export function schemaAt(schema: SchemaNode, path: readonly PropertyKey[]): SchemaNode | null {
  let node: SchemaNode | null = schema;
  for (const key of path) {
    if (node === null) return null;
    node = membersOf(node)?.[String(key)] ?? elementOf(node);
  }
  return node;
}

/** Whether the schema, or a wrapper of it, is marked as secret. */
export function isSecret(schema: SchemaNode): boolean {
  let marked = false;
  unwrap(schema, (layer) => {
    if (z.globalRegistry.get(layer)?.secret === true) marked = true;
  });
  return marked;
}
