import { describe, expect, it } from 'vitest';
import { fixture, ScriptedSession, sqlError, type WireResult } from '../../../test/support/scripted-session.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { DECODE_STATUS, readDecodeStatus } from './decode-status.ts';

const RECORDED =
  fixture<Record<string, WireResult>>('catalog/visibility.json')[
    'gs_get_parallel_decode_status while a parallel stream runs'
  ]!;

/** The recorded row with these cells replaced; undefined: the version has no such column. */
function status(cells: Readonly<Record<string, string | null | undefined>>): WireResult {
  const fields = RECORDED.fields.filter(({ name }) => !(name in cells) || cells[name] !== undefined);
  const row = fields.map(({ name }) => {
    const at = RECORDED.fields.findIndex((field) => field.name === name);
    return name in cells ? (cells[name] ?? null) : RECORDED.rows[0]![at]!;
  });
  return { fields, rows: [row] };
}

async function read(answer: WireResult | Error, slot = 'v_a') {
  return readDecodeStatus(new ScriptedSession().on(DECODE_STATUS, answer), slot);
}

describe('readDecodeStatus', () => {
  it('reads the recorded status', async () => {
    expect(await read(RECORDED)).toEqual({ readerLsn: parseLsn('0/F1F4B18'), queued: 0 });
  });

  it('adds up all queues', async () => {
    const busy = {
      read_change_queue_length: 'queue0: 3, queue1: 1024',
      decode_change_queue_length: 'queue0: 0, queue1: 10',
    };
    expect(await read(status(busy))).toMatchObject({ queued: 1037 });
  });

  it.each([
    ['a column is missing', status({ decode_change_queue_length: undefined })],
    ['the position is missing', status({ reader_lsn: undefined })],
    ['a length cannot be read', status({ read_change_queue_length: 'queue0: many' })],
    ['a length is empty', status({ read_change_queue_length: '' })],
    ['there is no such function', sqlError('42883', 'function does not exist')],
  ])('cannot tell when %s', async (_, answer) => {
    expect(await read(answer)).toBeNull();
  });

  it('knows nothing of a slot without a parallel stream', async () => {
    expect(await read(RECORDED, 'other')).toBeNull();
  });

  it('passes on other errors', async () => {
    await expect(read(sqlError('ECONNRESET', 'lost'))).rejects.toThrow('lost');
  });
});
