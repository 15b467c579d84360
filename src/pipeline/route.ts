import { CdcError } from '../domain/errors.ts';
import { murmur2, toPositive } from '../domain/murmur2.ts';

export interface TableNames {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

/** `fixed`: one topic, called `name`. `auto`: a topic per table, named by `template`. */
export interface TopicPolicy {
  readonly policy: 'fixed' | 'auto';
  readonly name?: string | undefined;
  readonly template?: string | undefined;
}

export const DEFAULT_TOPIC_TEMPLATE = '${database}.${schema}.${table}';

export type PartitionPolicy = 'table-hash' | 'primary-key-hash' | 'schema-hash' | 'partition-0' | 'record-key';

/** Partition of a record by its key's bytes; `keyLength` -1 is a null key. */
export type Partitioner = (keyBytes: Buffer, keyLength: number) => number;

/** `${table}`, or as DataArts writes it `#{source_table_name}`. */
const VARIABLE = /\$\{([^{}]*)\}|#\{([^{}]*)\}/g;
const VARIABLES: ReadonlyMap<string, keyof TableNames> = new Map([
  ['${database}', 'database'],
  ['${schema}', 'schema'],
  ['${table}', 'table'],
  ['#{source_db_name}', 'database'],
  ['#{source_schema_name}', 'schema'],
  ['#{source_table_name}', 'table'],
]);

/** Kafka's own rule (org.apache.kafka.common.internals.Topic). */
const ILLEGAL_CHARACTER = /[^a-zA-Z0-9._-]/gu;
const MAX_TOPIC_LENGTH = 249;

/** What is wrong with a topic name, or null. */
export function topicNameFault(name: string): string | null {
  if (name === '') return 'a topic name must not be empty';
  if (name === '.' || name === '..') return `"${name}" is not a legal topic name`;
  if (name.length > MAX_TOPIC_LENGTH)
    return `a topic name has at most ${MAX_TOPIC_LENGTH} characters, this one has ${name.length}`;
  return name.search(ILLEGAL_CHARACTER) < 0
    ? null
    : 'a topic name holds only letters, digits, dot, dash and underscore';
}

/** What is wrong with a topic template, or null. */
export function topicTemplateFault(template: string): string | null {
  if (template === '') return 'a topic template must not be empty';
  if (/[$#]\{/.test(template.replace(VARIABLE, ''))) return 'a variable of the topic template is not closed';
  const unknown = [...template.matchAll(VARIABLE)].map(([text]) => text).find((text) => !VARIABLES.has(text));
  return unknown === undefined ? null : `unknown variable ${unknown}; known are ${[...VARIABLES.keys()].join(' ')}`;
}

/**
 * The topic of a table. In `auto` names, each character that Kafka cannot take becomes `_`.
 * Errors: TOPIC_INVALID when the name is empty, `.`, `..`, longer than 249 characters or (fixed) has illegal characters.
 */
export function topicName(policy: TopicPolicy, names: TableNames): string {
  const name =
    policy.policy === 'fixed' ? (policy.name ?? '') : expand(policy.template ?? DEFAULT_TOPIC_TEMPLATE, names);
  const fault = topicNameFault(name);
  if (fault === null) return name;
  const { schema, table } = names;
  throw new CdcError('TOPIC_INVALID', `topic of ${schema}.${table}: ${fault}`, {
    data: { topic: name, schema, table },
  });
}

function expand(template: string, names: TableNames): string {
  const text = template.replace(VARIABLE, (variable) => {
    const name = VARIABLES.get(variable);
    return name === undefined ? variable : names[name];
  });
  return text.replace(ILLEGAL_CHARACTER, '_');
}

/**
 * Compiles a partition policy for a table: murmur2 as Kafka's Java client, made positive, modulo `partitions`, over the
 * UTF-8 bytes of `database.schema.table`, of `database.schema` or of the key. For `primary-key-hash` the caller passes the
 * default key, for `record-key` the record's own; a null key goes where the table hash says.
 */
export function compilePartitioner(policy: PartitionPolicy, names: TableNames, partitions: number): Partitioner {
  const { database, schema, table } = names;
  const tablePartition = partitionOf(Buffer.from(`${database}.${schema}.${table}`, 'utf8'), partitions);
  switch (policy) {
    case 'partition-0':
      return () => 0;
    case 'table-hash':
      return () => tablePartition;
    case 'schema-hash': {
      const schemaPartition = partitionOf(Buffer.from(`${database}.${schema}`, 'utf8'), partitions);
      return () => schemaPartition;
    }
    case 'primary-key-hash':
    case 'record-key':
      return (keyBytes, keyLength) =>
        keyLength < 0 ? tablePartition : toPositive(murmur2(keyBytes, 0, keyLength)) % partitions;
  }
}

function partitionOf(bytes: Buffer, partitions: number): number {
  return toPositive(murmur2(bytes, 0, bytes.length)) % partitions;
}
