import { CdcError } from '../../domain/errors.ts';

const HEADER_BYTES = 5;
const HEX_BYTES = 64;
/** openGauss' internal error code and module (elog.cpp, send_message_to_frontend). In PostgreSQL: column, data type. */
const INTERNAL_CODE = 0x63; // c
const MODULE = 0x64; // d

/**
 * ErrorResponse or NoticeResponse without the two fields that pg would take for a column and a data type. The message:
 * type, int32 length, then per field its letter and text NUL, then NUL. Errors: DECODE_FAILED where fields have no end
 * (pg's parser would never find it).
 */
export function withoutInternalFields(message: Buffer): Buffer {
  const kept: Buffer[] = [Buffer.from(message.subarray(0, HEADER_BYTES))];
  let at = HEADER_BYTES;
  while (message[at] !== 0) {
    const end = message.indexOf(0, at + 1);
    if (at >= message.length || end === -1) throw endless(message);
    if (message[at] !== INTERNAL_CODE && message[at] !== MODULE) kept.push(message.subarray(at, end + 1));
    at = end + 1;
  }
  kept.push(message.subarray(at));
  const result = Buffer.concat(kept);
  result.writeUInt32BE(result.length - 1, 1);
  return result;
}

function endless(message: Buffer): CdcError {
  const hex = message.toString('hex', 0, HEX_BYTES);
  const reason = 'an error message without an end';
  return new CdcError('DECODE_FAILED', `cannot read the byte stream: ${reason}`, { data: { hex, reason, lsn: null } });
}
