import type { LogicalMessage } from '../../domain/change.ts';
import { lsnFromHalves } from '../../domain/lsn.ts';
import type { FrameReader } from './frame-reader.ts';

/** Enough for everything before the content; the prefix is a word (`deparse`). */
const HEAD_BYTES = 512;
const HEAD = /^prefix: (.*?), lsn: \d+, relid \d+, cmdtype: [^,]*, size: (\d+), content: /s;
/** The server adds the statement to some, after a line feed. */
const STATEMENT = '\ndecode to: ';

/**
 * Reads a DDL record of serial mppdb_decoding (openGauss 6.0 and later; only where a publication asks for DDL):
 * `prefix: P, lsn: n, relid n, cmdtype: T, size: N, content: C[⏎decode to: …]`, C of N - 1 bytes (N counts a final zero that
 * is not sent). Content is a view of the frame. Errors: DECODE_FAILED.
 */
export function readDdl(reader: FrameReader): LogicalMessage {
  const { bytes, at, end, lsnHigh, lsnLow } = reader;
  const match = HEAD.exec(bytes.toString('latin1', at, Math.min(end, at + HEAD_BYTES)));
  if (match === null) return reader.fail('a DDL record cannot be read');
  reader.at += match[0].length;
  const content = reader.view(Number(match[2]) - 1);
  const rest = bytes.toString('latin1', reader.at, Math.min(end, reader.at + STATEMENT.length));
  if (rest !== '' && rest !== STATEMENT) reader.fail('a DDL record is longer than it says');
  return { transactional: true, prefix: match[1]!, content, lsn: lsnFromHalves(lsnHigh, lsnLow) };
}
