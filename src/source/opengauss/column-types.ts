import type { DescribedType } from '../column-facts.ts';
import { literalList, type SqlSession } from './sql-session.ts';

interface TypeRow {
  readonly oid: string;
  readonly name: string;
  readonly typname: string;
  readonly typtype: string;
  readonly typcategory: string;
  readonly base: string;
  readonly element: string;
  readonly typtypmod: number;
  readonly typnotnull: boolean;
}

interface LabelRow {
  readonly oid: string;
  readonly enumlabel: string;
}

/** What is known of the types that were asked for, and of all they lead to. */
interface KnownTypes {
  readonly types: ReadonlyMap<string, TypeRow>;
  readonly labels: ReadonlyMap<string, readonly string[]>;
}

/** The recorded query `types` by oid, and what domains hold; not recorded in this form. `oids`: not empty. */
export function typesSql(oids: readonly string[]): string {
  return `select t.oid::bigint as oid, format_type(t.oid, null) as name, t.typname, t.typtype, t.typcategory, t.typbasetype::bigint as base, t.typelem::bigint as element, t.typtypmod, t.typnotnull
from pg_type t where t.oid in ${literalList(oids)}`;
}

/** Labels of enums in their order; not recorded. `oids`: not empty. */
export function enumLabelsSql(oids: readonly string[]): string {
  return `select e.enumtypid::bigint as oid, e.enumlabel
from pg_enum e where e.enumtypid in ${literalList(oids)}
order by e.enumtypid, e.enumsortorder`;
}

/**
 * One entry per oid asked for, in that order, domains followed down to their base type and arrays to their element: one round
 * trip, one more per level of these, and one for enums where there are any. A type that was dropped since the change was
 * written has no name and category null.
 */
export async function readColumnTypes(client: SqlSession, oids: readonly number[]): Promise<readonly DescribedType[]> {
  const types = new Map<string, TypeRow>();
  let missing = [...new Set(oids.map(String))];
  while (missing.length > 0) {
    const { rows } = await client.query<TypeRow>(typesSql(missing));
    for (const row of rows) types.set(row.oid, row);
    missing = [...new Set(rows.flatMap(leadsTo))].filter((oid) => !types.has(oid));
  }
  const known = { types, labels: await readLabels(client, [...types.values()]) };
  return oids.map((oid) => toColumnType(String(oid), known));
}

async function readLabels(client: SqlSession, types: readonly TypeRow[]): Promise<KnownTypes['labels']> {
  const labels = new Map<string, string[]>();
  for (const { oid, typtype } of types) if (typtype === 'e') labels.set(oid, []);
  if (labels.size === 0) return labels;
  const { rows } = await client.query<LabelRow>(enumLabelsSql([...labels.keys()]));
  for (const { oid, enumlabel } of rows) labels.get(oid)?.push(enumlabel);
  return labels;
}

function toColumnType(oid: string, known: KnownTypes): DescribedType {
  const asked = known.types.get(oid);
  const domains = domainsOf(asked, known);
  const base = baseOf(asked, known);
  const element = base && isArray(base) ? baseOf(known.types.get(base.element), known) : undefined;
  return {
    // What format_type prints for an oid that is no type.
    name: asked?.name ?? '???',
    base: base?.oid ?? oid,
    category: base === undefined ? null : categoryOf(base),
    baseName: base?.typname ?? null,
    isDomain: domains.length > 0,
    // A domain over a domain has no modifier of its own.
    domainModifier: domains.at(-1)?.typtypmod ?? -1,
    domainIsNotNull: domains.some((domain) => domain.typnotnull),
    enumLabels: known.labels.get((element ?? base)?.oid ?? '') ?? null,
    element: element ? { oid: element.oid, name: element.typname, category: categoryOf(element) } : null,
  };
}

/** The domains from this one down. */
function domainsOf(type: TypeRow | undefined, known: KnownTypes): readonly TypeRow[] {
  return type === undefined || !isDomain(type) ? [] : [type, ...domainsOf(known.types.get(type.base), known)];
}

function baseOf(type: TypeRow | undefined, known: KnownTypes): TypeRow | undefined {
  return type !== undefined && isDomain(type) ? baseOf(known.types.get(type.base), known) : type;
}

function categoryOf(base: TypeRow): string {
  return base.typcategory === 'A' ? 'A' : base.typtype;
}

/** Oids of the types this one is made of. */
function leadsTo(row: TypeRow): readonly string[] {
  if (isDomain(row)) return [row.base];
  return isArray(row) ? [row.element] : [];
}

function isDomain(row: TypeRow): boolean {
  return row.typtype === 'd';
}

function isArray(row: TypeRow): boolean {
  return row.typcategory === 'A' && row.element !== '0';
}
