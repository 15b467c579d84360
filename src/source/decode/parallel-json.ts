import type { DecoderParts } from './decoder-parts.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import { JsonChanges } from './mppdb-json.ts';
import { ParallelLines } from './parallel-lines.ts';
import { RelationBook } from './relation-book.ts';
import { StreamChanges } from './stream-changes.ts';

/** A decoder for one session of parallel decoding, style `j`. `batch`: option sending-batch. */
export function createParallelJsonDecoder(parts: DecoderParts, { batch }: { readonly batch: boolean }): FrameDecoder {
  const { handler, shapes, control } = parts;
  const changes = new StreamChanges(handler);
  const rows = new JsonChanges(changes, new RelationBook(handler, shapes, control));
  return new ParallelLines({ control, changes, rows, batch });
}
