import type { CellForm } from '../form.ts';
import type { CellPlan, HeaderPlan } from '../plan.ts';
import type { DebeziumColumn } from './columns.ts';
import { keyPlan, type RowFacts } from './rows.ts';
import type { DebeziumSettings } from './settings.ts';

/** On every record since 3.5: which connector made it. */
export function contextHeaders(serverName: string, { profile, runId }: DebeziumSettings): readonly HeaderPlan[] {
  if (profile === '2.7' || profile === '3.1') return [];
  const header = (name: string, value: string): HeaderPlan => ({
    name: `__debezium.context.${name}`,
    value: { kind: 'constant', value },
  });
  return [
    header('connectorLogicalName', serverName),
    header('taskId', '0'),
    header('connectorName', profile === 'mysql' ? 'mysql' : 'postgresql'),
    header('runId', runId),
  ];
}

/** The other key of a key change, without schema; Connect prints its own decimals, dates and times as bare text there. */
export function keyHeader(name: 'newkey' | 'oldkey', key: readonly DebeziumColumn[], facts: RowFacts): HeaderPlan {
  const plan = keyPlan(key, facts);
  const cells = plan.cells.map((cell, i): CellPlan => ({ ...cell, form: headerForm(key[i]!) }));
  return { name: `__debezium.${name}`, value: { ...plan, cells } };
}

function headerForm({ form, schema }: DebeziumColumn): CellForm {
  switch (schema.name) {
    case 'org.apache.kafka.connect.data.Decimal':
      return form.kind === 'money'
        ? bare({ kind: 'money', as: 'decimal-text' })
        : bare({ kind: 'decimal-text', scale: form.kind === 'decimal' ? form.scale : null });
    case 'org.apache.kafka.connect.data.Date':
      return bare({ kind: 'text' });
    case 'org.apache.kafka.connect.data.Time':
      return bare({ kind: 'iso-time' });
    case 'org.apache.kafka.connect.data.Timestamp':
      return bare({ kind: 'zoned-timestamp', digits: 3 });
    default:
      return form;
  }
}

function bare(form: CellForm): CellForm {
  return { kind: 'bare', form };
}
