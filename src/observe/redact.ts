export const SECRET_MASK = '[secret]';

/** Names of members that hold secrets wherever they stand. */
const SECRET_NAMES = ['password', 'clientSecret', 'secret', 'token', 'bearer', 'authorization', 'cookie'];
const SECRET_KEYS = new Set(SECRET_NAMES.map((name) => name.toLowerCase()));
/** `key` is a secret only inside these (a private key in PEM); elsewhere it is an ordinary word. */
const KEY_OWNERS = new Set(['tls', 'ssl']);
const MAX_DEPTH = 8;

/** For pino's own redaction, which alone reaches the bindings of child loggers. */
export const BINDING_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`]);

/**
 * A copy of `value` with every secret replaced, at any depth. Defence in depth: callers should not log secrets at all.
 * Errors and other class instances are passed as they are (serializers see to errors).
 */
export function redactSecrets(value: unknown): unknown {
  return redact(value, '', 0);
}

function redact(value: unknown, owner: string, depth: number): unknown {
  if (Array.isArray(value)) return depth >= MAX_DEPTH ? '[deep]' : value.map((item) => redact(item, owner, depth + 1));
  if (!isPlainObject(value)) return value;
  if (depth >= MAX_DEPTH) return '[deep]';
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    copy[name] = isSecret(name, owner) && member != null ? SECRET_MASK : redact(member, name, depth + 1);
  }
  return copy;
}

function isSecret(name: string, owner: string): boolean {
  return SECRET_KEYS.has(name.toLowerCase()) || (name === 'key' && KEY_OWNERS.has(owner));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
