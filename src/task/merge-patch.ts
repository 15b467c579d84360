type Json = Readonly<Record<string, unknown>>;

/**
 * Applies a JSON merge patch (RFC 7396): members of `patch` replace those of `current`, null removes them, anything but an
 * object replaces as a whole. Neither argument is changed.
 */
export function mergePatch(current: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map<string, unknown>(isObject(current) ? Object.entries(current) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
