import type { FrameReader } from './frame-reader.ts';

/** Reads the row changes of one output style and hands them over. */
export interface ChangeReader {
  /**
   * Reads the record at the reader's place, which ends where the frame ends, as a change at the LSN given. False: its
   * table is not ready, the stream is held, and the record must be read again. Errors: DECODE_FAILED.
   */
  read(reader: FrameReader, lsnHigh: number, lsnLow: number): boolean;
}
