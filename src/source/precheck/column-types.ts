import type { CheckResult } from '../../domain/task.ts';
import { alarm, type CheckSubject, nameList, passed } from './check.ts';
import type { ColumnFacts } from './gauss-facts.ts';

const SUBJECT: CheckSubject = { id: 'column-types', group: 'objects' };

/**
 * Built-in types whose text is the same everywhere and whose meaning consumers know, by oid (pg_type.h of openGauss): bool
 * bytea "char" name int8 int2 int4 text oid; raw blob clob json; point lseg path box polygon line cidr circle; float4 float8
 * macaddr inet; bpchar varchar date time timestamp timestamptz interval timetz; bit varbit numeric refcursor; uuid tsvector
 * tsquery jsonb nvarchar2; tinyint smalldatetime.
 */
const KNOWN: ReadonlySet<number> = new Set([
  16, 17, 18, 19, 20, 21, 23, 25, 26, 86, 88, 90, 114, 600, 601, 602, 603, 604, 628, 650, 718, 700, 701, 829, 869, 1042,
  1043, 1082, 1083, 1114, 1184, 1186, 1266, 1560, 1562, 1700, 1790, 2950, 3614, 3615, 3802, 3969, 5545, 9003,
]);

/** Objects below are made by initdb (FirstNormalObjectId). */
const FIRST_USER_OID = 16_384;

/** Columns of other types go through as the text the database prints; the published format has no type of theirs. */
export function checkColumnTypes(columns: readonly ColumnFacts[]): CheckResult {
  const textOnly = columns.filter((one) => !isKnown(one));
  if (textOnly.length === 0) return passed(SUBJECT, 'All columns have types the published formats know.');
  const names = textOnly.map((one) => `${one.schema}.${one.table}.${one.column} (${one.typeName})`);
  return alarm(SUBJECT, {
    message: `Columns are published as the database's text only: ${nameList(names)}.`,
    cause: 'Their types have no counterpart in the published formats; nothing is left out.',
    cure: 'Accept it if consumers can read the text.',
  });
}

/** Arrays are arrays to consumers, whatever built-in type their elements have. */
function isKnown({ typeOid, isArray }: ColumnFacts): boolean {
  return isArray ? typeOid < FIRST_USER_OID : KNOWN.has(typeOid);
}
