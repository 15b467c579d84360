import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lsn, toLsn } from '../domain/lsn.ts';
import { AckWindow, type Position } from './ack-window.ts';

const lsn = (value: number): Lsn => toLsn(BigInt(value));
const start: Position = { lsn: lsn(100), nextEventNumber: 1, lastCommit: null };
const end = (value: number, nextEventNumber: number): Position => {
  return { lsn: lsn(value), nextEventNumber, lastCommit: lsn(value) };
};

describe('AckWindow', () => {
  it('does not confirm a transaction before its last record is acknowledged', () => {
    const window = new AckWindow(start);
    window.record(1, 0, 101);
    const first = window.close();
    window.record(2, 0, 102);
    window.committed(end(110, 3));
    const second = window.close();
    expect(window.acknowledge(first)).toBe(false);
    expect(window.position).toEqual(start);
    expect(window.acknowledge(second)).toBe(true);
    expect(window.position).toEqual(end(110, 3));
    expect(window.isEmpty).toBe(true);
  });

  it('does not confirm beyond a gap when acknowledgements come out of order', () => {
    const window = new AckWindow(start);
    window.record(1, 0, 101);
    window.committed(end(110, 2));
    const first = window.close();
    window.record(2, 0, 111);
    window.committed(end(120, 3));
    const second = window.close();
    expect(window.acknowledge(second)).toBe(false);
    expect(window.position).toEqual(start);
    window.acknowledge(first);
    expect(window.position.lsn).toBe(lsn(120));
  });

  it('confirms a transaction without records at once when nothing is in flight', () => {
    const window = new AckWindow(start);
    window.committed(end(130, 5));
    expect(window.position).toEqual(end(130, 5));
  });

  it('keeps a transaction without records behind what is in flight', () => {
    const window = new AckWindow(start);
    window.record(1, 0, 101);
    window.committed(end(110, 2));
    const ticket = window.close();
    window.committed(end(120, 2));
    expect(window.position).toEqual(start);
    window.acknowledge(ticket);
    expect(window.position.lsn).toBe(lsn(120));
  });

  it('tells the acknowledged part of a cut transaction', () => {
    const window = new AckWindow(start);
    window.record(1, 0, 101);
    window.record(2, 0, 105);
    window.acknowledge(window.close());
    expect(window.publishedThrough).toEqual({ eventNumber: 2, lsnHigh: 0, lsnLow: 105 });
    window.record(3, 0, 107);
    window.committed(end(110, 4));
    window.acknowledge(window.close());
    expect(window.publishedThrough).toBeNull();
  });

  it('never moves back', () => {
    const window = new AckWindow(start);
    window.committed(end(50, 1));
    expect(window.position).toEqual(start);
  });

  it('agrees with a model that knows every record and its acknowledgement', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), runAgainstModel), { numRuns: 500 });
  });
});

type Step = { kind: 'record' } | { kind: 'commit' } | { kind: 'close' } | { kind: 'ack'; pick: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Step>({ kind: 'record' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'commit' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'close' }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ack' as const), pick: fc.nat(20) }) },
);

/** The model: a list of records with their transaction and state; confirmable is found by looking at all of them. */
class Model {
  readonly records: { transaction: number; ticket: number | null; acknowledged: boolean }[] = [];
  readonly commits: { transaction: number; lsn: Lsn; next: number }[] = [];

  /** The longest prefix of committed transactions all of whose records, and all records before, are acknowledged. */
  position() {
    const waiting = this.records.find((record) => !record.acknowledged);
    const done = this.commits.filter((commit) => waiting === undefined || commit.transaction < waiting.transaction);
    const last = done.at(-1);
    return last ? { lsn: last.lsn, nextEventNumber: last.next, lastCommit: last.lsn } : start;
  }
}

function runAgainstModel(steps: readonly Step[]): void {
  const window = new AckWindow(start);
  const model = new Model();
  const closed: number[] = [];
  let [transaction, number, at] = [0, 1, 200];
  for (const action of steps) {
    at += 10;
    if (action.kind === 'record') {
      window.record(number++, 0, at);
      model.records.push({ transaction, ticket: null, acknowledged: false });
    } else if (action.kind === 'commit') {
      window.committed(end(at, number));
      model.commits.push({ transaction: transaction++, lsn: lsn(at), next: number });
    } else if (action.kind === 'close' && window.openChanges > 0) {
      const ticket = window.close();
      closed.push(ticket);
      for (const record of model.records) record.ticket ??= ticket;
    } else if (action.kind === 'ack' && closed.length > 0) {
      const [ticket] = closed.splice(action.pick % closed.length, 1);
      window.acknowledge(ticket!);
      for (const record of model.records) if (record.ticket === ticket) record.acknowledged = true;
    }
    expect(window.position).toEqual(model.position());
    expect(window.isEmpty).toBe(model.records.every((record) => record.acknowledged));
  }
}
