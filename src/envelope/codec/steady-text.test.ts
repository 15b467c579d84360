import { describe, expect, it } from 'vitest';
import { changeOf, TRANSACTION, tableOf } from '../../../test/support/envelope-harness.ts';
import { compileRecords } from '../../../test/support/json-codec.ts';
import { ByteWriter } from '../../domain/byte-writer.ts';
import type { Transaction } from '../../domain/change.ts';
import { toLsn } from '../../domain/lsn.ts';
import type { NumberField, ValuePlan } from '../plan.ts';

const number = (field: NumberField): ValuePlan => ({ kind: 'number', field });
const VALUE: ValuePlan = {
  kind: 'list',
  items: [
    number('event-number'),
    number('xid'),
    number('commit-us'),
    number('origin-lsn'),
    { kind: 'text', field: 'origin' },
    { kind: 'text', field: 'sequence' },
    number('sent-ms'),
  ],
};

describe('steady text', () => {
  it('is written anew whenever something it holds has changed, though the transaction object stays the same', () => {
    const compile = () => compileRecords([{ keyRow: 'after', op: 'c', value: VALUE }]);
    const envelopes = [compile(), compile()];
    const change = changeOf(tableOf({ columns: [] }), { op: 'c', after: [] });
    const transaction: Transaction = { ...TRANSACTION };
    let nowMs = 5;
    const write = () => {
      const texts = envelopes.map((envelope) => {
        const out = new ByteWriter(1);
        envelope.writeValue(envelope.parts(change)[0]!, change, transaction, nowMs, out);
        return out.bytes.toString('utf8', 0, out.position);
      });
      expect(texts[0]).toBe(texts[1]);
      return texts[0]!;
    };
    const steps: readonly (() => void)[] = [
      () => {},
      () => Object.assign(transaction, { xid: 902 }),
      () => Object.assign(transaction, { commitTimeUs: 17 }),
      () => Object.assign(transaction, { originLsn: toLsn(3n) }),
      () => Object.assign(transaction, { origin: 'node' }),
      () => Object.assign(transaction, { previousLsn: toLsn(8n) }),
      () => (nowMs = 6),
      () => Object.assign(transaction, TRANSACTION, { originLsn: undefined }),
    ];
    const written = steps.map((step) => {
      step();
      return [write(), write()];
    });
    const common = '1777000000000042';
    expect(written).toEqual(
      [
        String.raw`[${common},901,1777000000123999,null,null,"[null,\"26001512\"]",5]`,
        String.raw`[${common},902,1777000000123999,null,null,"[null,\"26001512\"]",5]`,
        String.raw`[${common},902,17,null,null,"[null,\"26001512\"]",5]`,
        String.raw`[${common},902,17,3,null,"[null,\"26001512\"]",5]`,
        String.raw`[${common},902,17,3,"node","[null,\"26001512\"]",5]`,
        String.raw`[${common},902,17,3,"node","[\"8\",\"26001512\"]",5]`,
        String.raw`[${common},902,17,3,"node","[\"8\",\"26001512\"]",6]`,
        String.raw`[${common},901,1777000000123999,null,null,"[null,\"26001512\"]",6]`,
      ].map((text) => [text, text]),
    );
  });
});
