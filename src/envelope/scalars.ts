/** java.sql.Types codes that `sqlType` uses. */
const TYPES = {
  bit: -7,
  tinyint: -6,
  bigint: -5,
  varbinary: -3,
  binary: -2,
  longVarchar: -1,
  char: 1,
  numeric: 2,
  integer: 4,
  smallint: 5,
  real: 7,
  double: 8,
  varchar: 12,
  boolean: 16,
  date: 91,
  time: 92,
  timestamp: 93,
  other: 1111,
  array: 2003,
  blob: 2004,
  clob: 2005,
  timeTz: 2013,
  timestampTz: 2014,
} as const;

/**
 * Type oid (pg_type) → code. Everything else is 1111 (other): json, uuid, inet, interval, enums, ranges, geometric types,
 * `bit varying`, and on purpose
 *  - money: its text is a local format (`$1,234.50`), not a number that a consumer could read as double;
 *  - xml: 2009 is not among the codes of the published format.
 */
const SQL_TYPES: ReadonlyMap<number, number> = new Map([
  [16, TYPES.boolean], // bool
  [17, TYPES.binary], // bytea
  [18, TYPES.char], // "char"
  [19, TYPES.varchar], // name
  [20, TYPES.bigint], // int8
  [21, TYPES.smallint], // int2
  [23, TYPES.integer], // int4
  [25, TYPES.longVarchar], // text
  [26, TYPES.bigint], // oid: unsigned, does not fit an integer
  [700, TYPES.real], // float4
  [701, TYPES.double], // float8
  [1042, TYPES.char], // bpchar
  [1043, TYPES.varchar], // varchar
  [1082, TYPES.date], // date
  [1083, TYPES.time], // time
  [1114, TYPES.timestamp], // timestamp
  [1184, TYPES.timestampTz], // timestamptz
  [1266, TYPES.timeTz], // timetz
  [1560, TYPES.bit], // bit
  [1700, TYPES.numeric], // numeric
  // openGauss only (its pg_type.h); PostgreSQL does not use these oids.
  [86, TYPES.varbinary], // raw
  [88, TYPES.blob], // blob
  [90, TYPES.clob], // clob
  [3969, TYPES.varchar], // nvarchar2
  [5545, TYPES.tinyint], // int1 (tinyint)
  [9003, TYPES.timestamp], // smalldatetime
]);

/** The java.sql.Types code of a column. `category` as in TableDescription.typeCategories; oid with domains resolved. */
export function sqlTypeCode(baseTypeOid: number, category: string): number {
  return category === 'A' ? TYPES.array : (SQL_TYPES.get(baseTypeOid) ?? TYPES.other);
}
