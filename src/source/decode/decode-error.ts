import { CdcError } from '../../domain/errors.ts';
import { formatLsn, lsnFromHalves } from '../../domain/lsn.ts';

const HEX_BYTES = 64;

/** Where in the stream something unreadable was found. */
export interface FramePlace {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly lsnHigh: number;
  readonly lsnLow: number;
}

/** A DECODE_FAILED with what a report of it needs: LSN, first bytes of the frame in hex, and the reason. */
export function decodeError(reason: string, place: FramePlace): CdcError {
  const lsn = formatLsn(lsnFromHalves(place.lsnHigh, place.lsnLow));
  const hex = place.bytes.toString('hex', place.start, Math.min(place.end, place.start + HEX_BYTES));
  return new CdcError('DECODE_FAILED', `cannot decode the frame at ${lsn}: ${reason}`, { data: { lsn, hex, reason } });
}
