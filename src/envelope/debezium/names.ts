import { CdcError } from '../../domain/errors.ts';
import type { Relation } from '../../domain/relation.ts';

export type NameAdjustment = 'none' | 'avro' | 'avro-unicode';

/**
 * What Debezium names a table's schemas after: its own topic name `server.schema.table` with every UTF-16 unit outside
 * `[A-Za-z0-9._-]` as `_`, whatever the topic is really called, and then adjusted.
 */
export function schemaBaseName(serverName: string, relation: Relation, adjustment: NameAdjustment): string {
  const topic = `${serverName}.${relation.schema}.${relation.table}`.replace(/[^A-Za-z0-9._-]/g, '_');
  return adjustFullName(topic, adjustment);
}

/** Dots separate the parts; only the first character of all may not be a digit. */
function adjustFullName(name: string, adjustment: NameAdjustment): string {
  if (adjustment === 'none') return name;
  const adjusted = name
    .split('.')
    .map((part) => adjustCharacters(part, adjustment))
    .join('.');
  return withoutLeadingDigit(adjusted, adjustment);
}

/** The name of a column's field. */
export function fieldName(column: string, adjustment: NameAdjustment): string {
  if (adjustment === 'none') return column;
  return withoutLeadingDigit(adjustCharacters(column, adjustment), adjustment);
}

/** The names of all columns' fields, in their order. Errors: OPTION_UNSUPPORTED when two columns get the same. */
export function fieldNames({ schema, table, columns }: Relation, adjustment: NameAdjustment): readonly string[] {
  const taken = new Map<string, string>();
  return columns.map(({ name: column }) => {
    const name = fieldName(column, adjustment);
    const other = taken.get(name);
    if (other !== undefined) {
      throw new CdcError(
        'OPTION_UNSUPPORTED',
        `columns ${other} and ${column} of ${schema}.${table} both become ${name} under nameAdjustment ${adjustment}`,
        { data: { schema, table }, hint: 'Set envelope.nameAdjustment to avro-unicode, or exclude the table.' },
      );
    }
    taken.set(name, column);
    return name;
  });
}

/** By UTF-16 unit. `avro-unicode` escapes `_` too, so that no two names meet. */
function adjustCharacters(text: string, adjustment: NameAdjustment): string {
  return adjustment === 'avro' ? text.replace(/[^A-Za-z0-9_]/g, '_') : text.replace(/[^A-Za-z0-9]/g, escaped);
}

function withoutLeadingDigit(name: string, adjustment: NameAdjustment): string {
  if (!/^[0-9]/.test(name)) return name;
  return adjustment === 'avro' ? `_${name}` : `${escaped(name[0]!)}${name.slice(1)}`;
}

function escaped(unit: string): string {
  return `_u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
