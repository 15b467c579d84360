import type { Lsn } from '../../domain/lsn.ts';

/**
 * Decodes the XLogData frames of a logical stream, synchronously: payload is `bytes[start … end)`, the LSN is the frame's
 * WAL start in 32-bit halves (no bigint per row). Errors: DECODE_FAILED, and whatever the change handler throws.
 *
 * A frame may hold many changes, and the handler may hold the stream after any of them: then the decoder keeps the rest
 * of the frame (`hasRest`) and hands it over from `goOn`. No frame is given to a decoder that has a rest. Without a rest
 * it keeps no view of `bytes` but of a transaction it is still collecting.
 */
export interface FrameDecoder {
  frame(bytes: Buffer, start: number, end: number, lsnHigh: number, lsnLow: number): void;
  readonly hasRest: boolean;
  /** Frames of a transaction are kept that the handler has not heard of: positions behind them prove nothing yet. */
  readonly isCollecting?: boolean;
  /** Goes on with the rest; may be held again. */
  goOn(): void;
}

/** What a decoder asks of and tells the stream it decodes. */
export interface DecodeControl {
  /** False: the stream is held, or its share of this turn is used up; keep the rest. Each call counts as one change. */
  mayGoOn(): boolean;
  /** A position beyond the frame's own was read (end of a commit record): told before the commit is handed over. */
  reached(lsn: Lsn): void;
}
