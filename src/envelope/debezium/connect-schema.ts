import type { Constant, FormedPlan, MemberPlan, ValuePlan } from '../plan.ts';

/** A constant, or database text in a form: what a column's default or a missing value is. */
export type FixedPlan = { readonly kind: 'constant'; readonly value: Constant } | FormedPlan;

export type ConnectType =
  | 'boolean'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float'
  | 'double'
  | 'bytes'
  | 'string'
  | 'array'
  | 'map'
  | 'struct';

/** A Kafka Connect schema. */
export interface ConnectSchema {
  readonly type: ConnectType;
  readonly isOptional: boolean;
  /** Of an array. */
  readonly items?: ConnectSchema;
  /** Of a map. */
  readonly keys?: ConnectSchema;
  readonly values?: ConnectSchema;
  /** Of a struct. */
  readonly fields?: readonly ConnectField[];
  readonly name?: string;
  readonly version?: number;
  readonly doc?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly default?: FixedPlan;
}

export interface ConnectField {
  readonly name: string;
  readonly schema: ConnectSchema;
}

/** A required schema of a plain type. */
export function plain(type: ConnectType): ConnectSchema {
  return { type, isOptional: false };
}

/** A required schema of a logical type of version 1. */
export function logical(type: ConnectType, name: string, parameters?: Readonly<Record<string, string>>): ConnectSchema {
  return { type, isOptional: false, name, version: 1, ...(parameters && { parameters }) };
}

export function optional(schema: ConnectSchema): ConnectSchema {
  return { ...schema, isOptional: true };
}

/**
 * The schema as Connect's JsonConverter writes it, attributes in its order:
 * `type`, `items` or `keys`, `values` or `fields`, `optional`, `name`, `version`, `doc`, `parameters`, `default`, `field`.
 * `field`: the name of the struct's field it belongs to.
 */
export function schemaPlan(schema: ConnectSchema, field?: string): ValuePlan {
  const members: MemberPlan[] = [constant('type', schema.type)];
  if (schema.items) members.push({ name: 'items', value: schemaPlan(schema.items) });
  if (schema.keys) members.push({ name: 'keys', value: schemaPlan(schema.keys) });
  if (schema.values) members.push({ name: 'values', value: schemaPlan(schema.values) });
  if (schema.fields) {
    members.push({
      name: 'fields',
      value: { kind: 'list', items: schema.fields.map(({ name, schema: of }) => schemaPlan(of, name)) },
    });
  }
  members.push(constant('optional', schema.isOptional));
  if (schema.name !== undefined) members.push(constant('name', schema.name));
  if (schema.version !== undefined) members.push(constant('version', schema.version));
  if (schema.doc !== undefined) members.push(constant('doc', schema.doc));
  if (schema.parameters) members.push(constant('parameters', schema.parameters));
  if (schema.default) members.push({ name: 'default', value: schema.default });
  if (field !== undefined) members.push(constant('field', field));
  return { kind: 'object', members };
}

function constant(name: string, value: Constant): MemberPlan {
  return { name, value: { kind: 'constant', value } };
}
