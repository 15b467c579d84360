import type { TableContext } from '../envelope.ts';
import type { CellForm } from '../form.ts';
import { arrayForm } from './array-types.ts';
import { type ConnectSchema, type FixedPlan, optional, plain } from './connect-schema.ts';
import { schemaDefault } from './defaults.ts';
import { fieldNames } from './names.ts';
import { placeholderOf } from './placeholders.ts';
import { scalarForm } from './scalar-types.ts';
import type { DebeziumSettings } from './settings.ts';
import { type ColumnType, EMPTY_TEXT, fixedPlan, isBuiltIn, type TypedForm, textForm } from './typed-form.ts';

/** How one column is published. */
export interface DebeziumColumn {
  /** Of its field. */
  readonly name: string;
  /** In `relation.columns`. */
  readonly position: number;
  readonly form: CellForm;
  readonly schema: ConnectSchema;
  /** Stands for NULL. */
  readonly whenNull: FixedPlan;
  /** Stands for the value in an old row that does not hold the column. */
  readonly whenMissing: FixedPlan;
  /** Stands for an unchanged TOAST value; null: the member is left out. */
  readonly whenUnsent: FixedPlan | null;
}

const NULL: FixedPlan = { kind: 'constant', value: null };

/** The columns that are published, in table order. Errors: OPTION_UNSUPPORTED (names that clash once adjusted). */
export function describeColumns(context: TableContext, settings: DebeziumSettings): readonly DebeziumColumn[] {
  const { relation } = context.description;
  const names = fieldNames(relation, settings.nameAdjustment);
  return relation.columns.flatMap((_, position) => {
    const type = typeOf(context, position);
    const known = knownForm(type, settings, context.dialect);
    if (known === null && settings.unknownTypes === 'drop') return [];
    return [describeColumn(context, position, names[position]!, type, known ?? textForm(), settings)];
  });
}

/** Positions of the columns whose types Debezium does not know: they are published as the database's text. */
export function unknownColumns(context: TableContext, settings: DebeziumSettings): readonly number[] {
  const all = context.description.relation.columns.map((_, position) => position);
  return all.filter((position) => knownForm(typeOf(context, position), settings, context.dialect) === null);
}

function typeOf({ description }: TableContext, position: number): ColumnType {
  const { baseTypeName, typeModifier, enumLabels, element } = description.facts[position]!;
  return {
    oid: description.baseTypeOids[position]!,
    name: baseTypeName,
    modifier: typeModifier,
    category: description.typeCategories[position]!,
    enumLabels,
    element,
  };
}

function knownForm(type: ColumnType, settings: DebeziumSettings, dialect: TableContext['dialect']): TypedForm | null {
  if (isBuiltIn(type.oid)) {
    const unread = unreadForm(type.name);
    if (unread !== null) return settings.isFaithful ? unread : type.name === 'name' ? textForm() : null;
  }
  return type.category === 'A' ? arrayForm(type, settings, dialect) : scalarForm(type, settings, dialect);
}

/** Types of the catalog that Debezium declares but cannot read. */
function unreadForm(name: string): TypedForm | null {
  switch (name) {
    case 'name':
      return { form: { kind: 'null' }, schema: plain('string'), zero: EMPTY_TEXT };
    case 'int2vector':
      return vectorForm(plain('int16'));
    case 'oidvector':
      return vectorForm(plain('int64'));
    default:
      return null;
  }
}

function vectorForm(items: ConnectSchema): TypedForm {
  return { form: { kind: 'empty-list' }, schema: { ...plain('array'), items }, zero: { constant: [] } };
}

function describeColumn(
  { description }: TableContext,
  position: number,
  name: string,
  type: ColumnType,
  typed: TypedForm,
  settings: DebeziumSettings,
): DebeziumColumn {
  const { isNotNull, isDomain, defaultExpression } = description.facts[position]!;
  const { form } = typed;
  // Of a column whose type is a domain Debezium reads no default.
  const found = isDomain ? null : schemaDefault(defaultExpression, type, typed, settings);
  // A reader puts the default where NULL is published: one more reason that only Debezium itself has it on nullable columns.
  const ownDefault = isNotNull || settings.isFaithful ? found : null;
  const schema = isNotNull ? typed.schema : optional(typed.schema);
  const zero = isNotNull ? fixedPlan(typed.zero, form) : NULL;
  return {
    name,
    position,
    form,
    schema: ownDefault === null ? schema : { ...schema, default: ownDefault },
    whenNull: (settings.isFaithful ? ownDefault : null) ?? NULL,
    whenMissing: ownDefault ?? zero,
    whenUnsent: settings.placeholder === null ? null : placeholderOf(type, typed, settings.placeholder, settings),
  };
}
