/**
 * Decodes one XLogData frame of a logical stream, synchronously: payload is `bytes[start … end)`, the LSN is the frame's
 * WAL start in 32-bit halves (no bigint per row). Keeps no view of `bytes` after it returns. Errors: DECODE_FAILED, and
 * whatever the change handler throws.
 */
export interface FrameDecoder {
  frame(bytes: Buffer, start: number, end: number, lsnHigh: number, lsnLow: number): void;
}
