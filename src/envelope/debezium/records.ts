import type { RowOp } from '../../domain/change.ts';
import type { TableContext } from '../envelope.ts';
import type { HeaderPlan, MemberPlan, RecordPlan, ValuePlan } from '../plan.ts';
import type { DebeziumColumn } from './columns.ts';
import { schemaPlan } from './connect-schema.ts';
import { envelopeSchema, keySchema } from './envelope-schema.ts';
import { contextHeaders, keyHeader } from './headers.ts';
import { schemaBaseName } from './names.ts';
import { keyPlan, type RowFacts, rowPlan } from './rows.ts';
import type { DebeziumSettings } from './settings.ts';
import { type SourceBlock, sourceBlock } from './source-block.ts';

const NULL: ValuePlan = { kind: 'constant', value: null };

/** The records of one table's changes. */
export class RecordPlanner {
  readonly #settings: DebeziumSettings;
  readonly #columns: readonly DebeziumColumn[];
  readonly #key: readonly DebeziumColumn[];
  readonly #source: SourceBlock;
  /** Each one object, so that a codec can see that it is the same in all records; null: schemas are off. */
  readonly #valueSchema: ValuePlan | null;
  readonly #keySchema: ValuePlan | null;
  readonly #contextHeaders: readonly HeaderPlan[];

  /** `key`: in key order; empty for a table without one. */
  constructor(
    context: TableContext,
    settings: DebeziumSettings,
    columns: readonly DebeziumColumn[],
    key: readonly DebeziumColumn[],
  ) {
    const serverName = settings.serverName ?? context.taskName;
    const baseName = schemaBaseName(serverName, context.description.relation, settings.nameAdjustment);
    this.#settings = settings;
    this.#columns = columns;
    this.#key = key;
    this.#source = sourceBlock(settings.profile, serverName, context);
    this.#valueSchema = settings.schemas ? schemaPlan(envelopeSchema(baseName, columns, this.#source.schema)) : null;
    this.#keySchema = settings.schemas ? schemaPlan(keySchema(baseName, key)) : null;
    this.#contextHeaders = contextHeaders(serverName, settings);
  }

  /** An insert, or an update that keeps the key. */
  written(op: 'c' | 'u', before: RowFacts | null, after: RowFacts): readonly RecordPlan[] {
    return [this.#record(op, after, this.#value(op, before, after), [])];
  }

  deleted(before: RowFacts, headers: readonly HeaderPlan[] = []): readonly RecordPlan[] {
    const deleted = this.#record('d', before, this.#value('d', before, null), headers);
    return this.#settings.tombstones ? [deleted, this.#record('d', before, null, headers)] : [deleted];
  }

  /** An update that changes the key. */
  moved(before: RowFacts, after: RowFacts): readonly RecordPlan[] {
    const newKey = keyHeader('newkey', this.#key, after);
    const oldKey = keyHeader('oldkey', this.#key, before);
    return [...this.deleted(before, [newKey]), this.#record('c', after, this.#value('c', null, after), [oldKey])];
  }

  #record(op: RowOp, keyRow: RowFacts, value: ValuePlan | null, headers: readonly HeaderPlan[]): RecordPlan {
    const record = { keyRow: keyRow.row, op, value, headers: [...headers, ...this.#contextHeaders] };
    if (!this.#settings.hasStructKey) return record;
    const key = this.#key.length === 0 ? null : withSchema(this.#keySchema, keyPlan(this.#key, keyRow));
    return { ...record, key };
  }

  #value(op: RowOp, before: RowFacts | null, after: RowFacts | null): ValuePlan {
    const row = (facts: RowFacts | null) => (facts === null ? NULL : rowPlan(this.#columns, facts));
    const event = object([
      ['before', row(before)],
      ['after', row(after)],
      ['source', this.#source.value],
      // Transaction metadata is not offered.
      ['transaction', NULL],
      ['op', { kind: 'constant', value: op }],
      ['ts_ms', { kind: 'number', field: 'sent-ms' }],
      ['ts_us', { kind: 'number', field: 'sent-us' }],
      ['ts_ns', { kind: 'number', field: 'sent-ns' }],
    ]);
    return withSchema(this.#valueSchema, event);
  }
}

function withSchema(schema: ValuePlan | null, payload: ValuePlan): ValuePlan {
  if (schema === null) return payload;
  return object([
    ['schema', schema],
    ['payload', payload],
  ]);
}

function object(members: readonly (readonly [string, ValuePlan])[]): ValuePlan {
  return { kind: 'object', members: members.map(([name, value]): MemberPlan => ({ name, value })) };
}
