type Json = Record<string, unknown>;

/**
 * Makes the mark `secret: true` of the zod schemas speak OpenAPI: write-only in what is sent, and absent from what is answered.
 * Components named `…Input` describe requests, the others answers (that is how the type provider names them).
 */
export function markSecrets<T extends object>(document: T): T {
  const copy = structuredClone(document) as Json;
  const schemas = asObject(asObject(copy.components).schemas);
  for (const [name, schema] of Object.entries(schemas)) walk(schema, name.endsWith('Input'));
  for (const path of Object.values(asObject(copy.paths))) {
    for (const operation of Object.values(asObject(path))) {
      walk(asObject(operation).requestBody, true);
      walk(asObject(operation).responses, false);
    }
  }
  return copy as T;
}

function walk(node: unknown, isRequest: boolean): void {
  if (typeof node !== 'object' || node === null) return;
  if (isRequest) makeWriteOnly(node as Json);
  else removeSecretMembers(node as Json);
  for (const child of Object.values(node)) walk(child, isRequest);
}

function makeWriteOnly(schema: Json): void {
  if (schema.secret !== true) return;
  delete schema.secret;
  schema.writeOnly = true;
}

function removeSecretMembers(schema: Json): void {
  const properties = asObject(schema.properties);
  const secrets = Object.keys(properties).filter((name) => isSecret(properties[name]));
  for (const name of secrets) delete properties[name];
  if (Array.isArray(schema.required)) schema.required = schema.required.filter((name) => !secrets.includes(name));
}

function isSecret(schema: unknown): boolean {
  const { secret, writeOnly } = asObject(schema);
  return secret === true || writeOnly === true;
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
