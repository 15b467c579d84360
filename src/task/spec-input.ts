/** The member at a dotted path of what a user sent, whatever its form; undefined when there is none. */
export function memberAt(input: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, name)
          ? (value as Record<string, unknown>)[name]
          : undefined,
      input,
    );
}

/** Names of the members at a dotted path that are set. */
export function memberNames(input: unknown, path: string): readonly string[] {
  const value = memberAt(input, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [name]));
}
