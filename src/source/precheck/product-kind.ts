/** Kinds of server, told by the text of `version()`. */
export type ProductKind = 'postgres' | 'opengauss' | 'gaussdb';

/**
 * Old releases of the two begin with `PostgreSQL 9.2.4 (openGauss 2.0.0 build …)`, so PostgreSQL is what is left over.
 * Forks of openGauss have names of their own; they are told by functions only the family has.
 */
export function productKind(product: string, functions: readonly string[] = []): ProductKind {
  if (/gaussdb/i.test(product)) return 'gaussdb';
  if (/openGauss/i.test(product)) return 'opengauss';
  return functions.some((name) => FAMILY_FUNCTIONS.has(name)) ? 'opengauss' : 'postgres';
}

const FAMILY_FUNCTIONS: ReadonlySet<string> = new Set(['opengauss_version', 'working_version_num']);
