import { describe, expect, it } from 'vitest';
import type { SlotInfo } from '../source.ts';
import { type ReaderSession, readersOf } from './slot-readers.ts';

function slot(name: string, parts: Partial<SlotInfo> = {}): SlotInfo {
  return {
    slot: name,
    plugin: 'mppdb_decoding',
    slotType: 'logical',
    database: 'shop',
    active: true,
    pid: null,
    confirmedLsn: null,
    restartLsn: null,
    retainedWalBytes: null,
    walStatus: null,
    ...parts,
  };
}

function walsender(pid: number, application: string): ReaderSession {
  return { pid, application, client: '10.0.0.1:4000', isWalsender: true, namesSlot: false };
}

const wanted = slot('wanted');
const FOREIGN = walsender(1, 'pg_recvlogical');
const OTHER_FOREIGN = walsender(2, '');
const CALLER: ReaderSession = { pid: 3, application: 'gsql', client: null, isWalsender: false, namesSlot: true };
const PLAIN: ReaderSession = { ...CALLER, namesSlot: false };

describe('readersOf', () => {
  it.each([
    ['a session named after the slot', [wanted], [walsender(9, 'gausscast:wanted'), FOREIGN], 'named 9'],
    ['the only foreign walsender, the only slot', [wanted], [FOREIGN, PLAIN], 'only 1'],
    ['the only session whose statement reads the slot', [wanted], [CALLER, PLAIN], 'only 3'],
    ['walsenders of ours that read other slots', [wanted, slot('b')], [FOREIGN, walsender(8, 'gausscast:b')], 'only 1'],
    ['our own administration', [wanted], [walsender(7, 'gausscast admin'), walsender(6, 'gausscast')], 'unclear'],
    ['two foreign walsenders', [wanted], [FOREIGN, OTHER_FOREIGN], 'unclear 1 2'],
    ['a walsender and a statement', [wanted], [FOREIGN, CALLER], 'unclear 1 3'],
    ['another slot with an unknown reader', [wanted, slot('b')], [FOREIGN], 'unclear 1'],
    ['another slot that is idle', [wanted, slot('b', { active: false })], [FOREIGN], 'only 1'],
    ['another slot of another database', [wanted, slot('b', { database: 'x' })], [FOREIGN], 'only 1'],
    ['a physical slot', [wanted, slot('b', { slotType: 'physical', database: null })], [FOREIGN], 'only 1'],
    ['nobody', [wanted], [PLAIN], 'unclear'],
  ])('%s', (_, slots, sessions, verdict) => {
    const readers = readersOf(wanted, slots, sessions);
    const told =
      readers.kind === 'named' ? readers.sessions : readers.kind === 'only' ? [readers.session] : readers.candidates;
    expect([readers.kind, ...told.map((one) => one.pid)].join(' ')).toBe(verdict);
  });
});
