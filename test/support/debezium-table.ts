import type { ColumnFacts, TableDescription } from '../../src/domain/relation.ts';
import type { TableContext } from '../../src/envelope/envelope.ts';
import { createEnvelope } from '../../src/envelope/formats.ts';
import type { EnvelopeOptions } from '../../src/envelope/options.ts';
import { type Message, messagesOf } from './debezium-messages.ts';
import { changeOf, type Story, TRANSACTION } from './envelope-harness.ts';

/** A column: its type by pg_type.typname, an array as `_text`. */
export interface ColumnStory {
  readonly name: string;
  readonly type: string;
  readonly modifier?: number;
  readonly isNotNull?: boolean;
  readonly default?: string;
  readonly labels?: readonly string[];
}

export interface TableStory {
  readonly columns: readonly ColumnStory[];
  /** Positions; left out: the first column. */
  readonly key?: readonly number[];
  readonly unique?: readonly (readonly number[])[];
  readonly identity?: readonly number[];
}

const USER_OID = 20_000;
const SERVER_OID = 20;
const EXTENSION_TYPES = new Set(['hstore', 'citext', 'ltree']);

export function tableOf({ columns, key = [0], unique = [], identity = key }: TableStory): TableDescription {
  return {
    relation: {
      oid: 1,
      schema: 'public',
      table: 'item',
      replicaIdentity: 'd',
      columns: columns.map(({ name, type, modifier = -1 }, position) => ({
        name,
        typeOid: oidOf(type),
        typeModifier: modifier,
        isIdentity: identity.includes(position),
      })),
    },
    keyColumns: key,
    identityColumns: identity,
    typeNames: columns.map(({ type }) => type),
    baseTypeOids: columns.map(({ type, labels }) => (labels ? USER_OID : oidOf(type))),
    typeCategories: columns.map(({ type, labels }) => (type.startsWith('_') ? 'A' : labels ? 'e' : 'b')),
    facts: columns.map(factsOf),
    uniqueIndexes: unique,
  };
}

function factsOf(column: ColumnStory): ColumnFacts {
  const { type, modifier = -1, isNotNull = false, labels = null } = column;
  const element = type.slice(1);
  return {
    baseTypeName: type,
    typeModifier: modifier,
    isNotNull,
    defaultExpression: column.default ?? null,
    isDomain: false,
    enumLabels: labels,
    element: type.startsWith('_')
      ? { oid: labels ? USER_OID : oidOf(element), name: element, category: labels ? 'e' : 'b' }
      : null,
  };
}

function oidOf(type: string): number {
  return EXTENSION_TYPES.has(type) ? USER_OID : SERVER_OID;
}

/** The records a change becomes under debezium-json; server name `shop`, run `r`. */
export function debeziumMessages(
  options: Omit<EnvelopeOptions, 'format'>,
  story: TableStory,
  change: Story,
  dialect: TableContext['dialect'] = 'postgres',
): readonly Message[] {
  const description = tableOf(story);
  const envelope = createEnvelope({ format: 'debezium-json', serverName: 'shop', ...options }, { runId: 'r' });
  const compiled = envelope.compile({ database: 'db', taskName: 'task', dialect, description });
  return messagesOf(compiled, changeOf(description, change), TRANSACTION);
}

/** `before` and `after` of the first record, as text. */
export function rowsOf({ value }: Message): { readonly before: string; readonly after: string } {
  const [, before, after] = /"before":(.*?),"after":(.*?),"source":/s.exec(value ?? '') ?? [];
  return { before: before ?? '', after: after ?? '' };
}
