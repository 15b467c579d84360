import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import { type SqlSession, sqlState } from './sql-session.ts';

/** The recorded query `parallelStatus`: one row per parallel stream, shown to anyone. Columns depend on the version, hence the star. */
export const DECODE_STATUS = 'select * from gs_get_parallel_decode_status()';

/** How far parallel decoding of a slot is on the server. */
export interface DecodeStatus {
  /** Up to here the reader thread has read the WAL; what it read may still be queued. */
  readonly readerLsn: Lsn;
  /** Records in the queues before and behind the decoder threads. */
  readonly queued: number;
}

interface StatusRow {
  readonly slot_name: string;
  readonly read_change_queue_length?: string | null;
  readonly decode_change_queue_length?: string | null;
  readonly reader_lsn?: string | null;
}

/** Function or right to call it is missing. */
const CANNOT_TELL: ReadonlySet<unknown> = new Set(['42883', '42501']);

/** The status of the slot's stream; null where the server cannot tell it or no parallel stream of the slot runs. */
export async function readDecodeStatus(client: SqlSession, slot: string): Promise<DecodeStatus | null> {
  const rows = await statusRows(client);
  const row = rows.find((one) => one.slot_name === slot);
  if (!row?.reader_lsn) return null;
  const read = queueLength(row.read_change_queue_length);
  const decoded = queueLength(row.decode_change_queue_length);
  if (read === null || decoded === null) return null;
  return { readerLsn: parseLsn(row.reader_lsn), queued: read + decoded };
}

async function statusRows(client: SqlSession): Promise<readonly StatusRow[]> {
  try {
    return (await client.query<StatusRow>(DECODE_STATUS)).rows;
  } catch (error) {
    if (CANNOT_TELL.has(sqlState(error))) return [];
    throw error;
  }
}

/** Sum of `queue0: 0, queue1: 12`; null when the text is not like that: an unknown length is not an empty queue. */
function queueLength(text: string | null | undefined): number | null {
  if (!text || !/^queue\d+: \d+(, queue\d+: \d+)*$/.test(text)) return null;
  return [...text.matchAll(/: (\d+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
}
