import type { ReplicaIdentity } from '../../../src/domain/relation.ts';
import type { HbaMethod } from './auth.ts';
import type { StorageMethod } from './password.ts';

/** A user, with the line of pg_hba.conf that its logins meet. */
export interface Role {
  readonly name: string;
  readonly password: string;
  readonly hba?: HbaMethod;
  readonly stored?: StorageMethod;
  readonly iterations?: number;
  readonly replication?: boolean;
  readonly sysadmin?: boolean;
  /** Member of gs_role_replication. */
  readonly inReplicationRole?: boolean;
  readonly canLogin?: boolean;
  /** `password`: may log in, and then run nothing; `validity`: VALID UNTIL is over. */
  readonly expired?: 'password' | 'validity';
  /** Has no rights on these schemas or `schema.table`s. */
  readonly denied?: readonly string[];
}

export interface ModelColumn {
  readonly name: string;
  /** As format_type prints it without modifier: `integer`, `character varying`. */
  readonly type: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  readonly isNotNull: boolean;
}

export interface ModelTable {
  readonly schema: string;
  readonly name: string;
  readonly oid: number;
  readonly columns: readonly ModelColumn[];
  /** Column names in key order; empty: none. */
  readonly primaryKey: readonly string[];
  readonly identity: ReplicaIdentity;
  /** Columns of the index under identity `i`. */
  readonly identityColumns: readonly string[];
  /** pg_class.parttype. */
  readonly parttype: 'n' | 'p' | 's' | 'v';
  /** Strategy of the partitioned table: `r`, `i`(nterval), `l`, `h`; null for a plain one. */
  readonly partitionStrategy: string | null;
  readonly persistence: 'p' | 'u' | 't' | 'g';
  readonly kind: 'r' | 'v' | 'm' | 'f';
  readonly reloptions: string;
  readonly owner: string;
  /** The transaction that wrote its catalog rows. */
  readonly changedBy: bigint;
}

/** What a test says of a table; `columns`: name to type (`id: 'integer'`), or `type not null`. */
export interface TableSpec extends Partial<Omit<ModelTable, 'schema' | 'name' | 'columns'>> {
  readonly columns: Readonly<Record<string, string>>;
}

/** Name as format_type prints it to oid (openGauss, pg_type.h). */
export const TYPE_OIDS: Readonly<Record<string, number>> = {
  boolean: 16,
  bytea: 17,
  name: 19,
  bigint: 20,
  smallint: 21,
  integer: 23,
  text: 25,
  oid: 26,
  raw: 86,
  blob: 88,
  clob: 90,
  json: 114,
  real: 700,
  'double precision': 701,
  'integer[]': 1007,
  'text[]': 1009,
  character: 1042,
  'character varying': 1043,
  date: 1082,
  'time without time zone': 1083,
  'timestamp without time zone': 1114,
  'timestamp with time zone': 1184,
  interval: 1186,
  bit: 1560,
  'bit varying': 1562,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
  nvarchar2: 3969,
  tinyint: 5545,
  smalldatetime: 9003,
};

/** pg_type.typname where it is not what format_type prints. */
const TYPNAMES: Readonly<Record<string, string>> = {
  boolean: 'bool',
  bigint: 'int8',
  smallint: 'int2',
  integer: 'int4',
  tinyint: 'int1',
  real: 'float4',
  'double precision': 'float8',
  character: 'bpchar',
  'character varying': 'varchar',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  'bit varying': 'varbit',
};

const FIRST_OID = 16_385;

/** Completes `spec` to the table `name` (`schema.table`, unquoted; the schema ends at the first dot). */
export function modelTable(name: string, spec: TableSpec, position: number): ModelTable {
  const dot = name.indexOf('.');
  const primaryKey = spec.primaryKey ?? [];
  return {
    oid: FIRST_OID + 3 * position,
    identity: 'd',
    identityColumns: [],
    parttype: 'n',
    partitionStrategy: null,
    persistence: 'p',
    kind: 'r',
    reloptions: 'orientation=row,compression=no',
    owner: 'omm',
    changedBy: 0n,
    ...spec,
    primaryKey,
    schema: name.slice(0, dot),
    name: name.slice(dot + 1),
    columns: Object.entries(spec.columns).map(([column, type]) =>
      modelColumn(column, type, primaryKey.includes(column)),
    ),
  };
}

/** pg_type.typname of a type as format_type prints it. */
export function typname(type: string): string {
  return type.endsWith('[]') ? `_${typname(type.slice(0, -2))}` : (TYPNAMES[type] ?? type);
}

/** Names of the columns an old row shows: those of the replica identity. */
export function identityOf(table: ModelTable): readonly string[] {
  if (table.identity === 'f') return table.columns.map(({ name }) => name);
  if (table.identity === 'i') return table.identityColumns;
  return table.identity === 'd' ? table.primaryKey : [];
}

/** `character varying(10) not null`: the type's name without modifier, its oid, and the modifier as pg_attribute has it. */
function modelColumn(name: string, text: string, isKey: boolean): ModelColumn {
  const isNotNull = text.endsWith(' not null');
  const full = isNotNull ? text.slice(0, -' not null'.length) : text;
  const [, before = full, first, second, after = ''] = /^(.*?)\((\d+)(?:,(\d+))?\)(.*)$/.exec(full) ?? [];
  const type = before + after;
  const typeOid = TYPE_OIDS[type];
  if (typeOid === undefined) throw new Error(`the fake server knows no type ${type}`);
  return { name, type, typeOid, typeModifier: typeModifier(type, first, second), isNotNull: isKey || isNotNull };
}

function typeModifier(type: string, first: string | undefined, second: string | undefined): number {
  if (first === undefined) return -1;
  if (type === 'numeric') return Number(first) * 65_536 + Number(second ?? 0) + 4;
  return type.startsWith('character') || type === 'nvarchar2' ? Number(first) + 4 : Number(first);
}
