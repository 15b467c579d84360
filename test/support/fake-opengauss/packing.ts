import { ByteSink } from '../byte-sink.ts';
import type { Piece, StreamFormat } from './transaction.ts';

/** An XLogData message to be. */
export interface Frame {
  readonly headerLsn: bigint;
  readonly payload: Buffer;
}

const END_OF_BATCH = Buffer.alloc(4);

/**
 * Packs records into XLogData. Unbatched: one each, style binary with its length, position and a final `F`. Batched, every
 * style: length, position, record, and so on; a batch that is full ends there (binary: in `F`), wherever in a transaction
 * that is, the last one in a length of 0.
 */
export function packFrames(pieces: readonly Piece[], format: StreamFormat, batchBytes: number): Frame[] {
  if (!format.isBatched) {
    const isBinary = format.style === 'binary';
    return pieces.map((piece) => ({
      headerLsn: piece.headerLsn,
      payload: isBinary ? prefixed(piece, 'F') : piece.payload,
    }));
  }
  return batches(pieces, batchBytes).map((batch, i, all) => pack(batch, format, i === all.length - 1));
}

function batches(pieces: readonly Piece[], batchBytes: number): Piece[][] {
  const result: Piece[][] = [];
  let bytes = batchBytes;
  for (const piece of pieces) {
    if (bytes >= batchBytes) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)!.push(piece);
    bytes += piece.payload.length;
  }
  return result;
}

function pack(batch: readonly Piece[], format: StreamFormat, isLast: boolean): Frame {
  const isBinary = format.style === 'binary';
  const parts = batch.map((piece, i) => {
    const ending = !isLast && i === batch.length - 1 ? 'F' : 'P';
    return prefixed(piece, isBinary ? ending : '');
  });
  if (isLast || !isBinary) parts.push(END_OF_BATCH);
  return { headerLsn: batch[0]!.headerLsn, payload: Buffer.concat(parts) };
}

/** The length counts position and record, neither itself nor the separator. */
function prefixed({ recordLsn, payload }: Piece, separator: 'P' | 'F' | ''): Buffer {
  const sink = new ByteSink()
    .uint32(payload.length + 8)
    .int64(recordLsn)
    .bytes(payload);
  return (separator ? sink.tag(separator) : sink).toBuffer();
}
