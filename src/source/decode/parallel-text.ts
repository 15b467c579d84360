import type { DecoderParts } from './decoder-parts.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import { ParallelLines } from './parallel-lines.ts';
import { RelationBook } from './relation-book.ts';
import { StreamChanges } from './stream-changes.ts';
import { TextChanges } from './text-changes.ts';

/** A decoder for one session of parallel decoding, style `t`. `batch`: option sending-batch. */
export function createParallelTextDecoder(parts: DecoderParts, { batch }: { readonly batch: boolean }): FrameDecoder {
  const { handler, shapes, control } = parts;
  const changes = new StreamChanges(handler);
  const rows = new TextChanges(changes, new RelationBook(handler, shapes, control), shapes);
  return new ParallelLines({ control, changes, rows, batch });
}
