import type { DecoderParts } from '../../src/source/decode/decoder-parts.ts';
import type { FrameDecoder } from '../../src/source/decode/frame-decoder.ts';
import { createSerialDecoder } from '../../src/source/decode/mppdb-serial.ts';
import { createParallelBinaryDecoder } from '../../src/source/decode/parallel-binary.ts';
import { createParallelJsonDecoder } from '../../src/source/decode/parallel-json.ts';
import { createParallelTextDecoder } from '../../src/source/decode/parallel-text.ts';
import { createOpenGaussPgoutputDecoder } from '../../src/source/decode/pgoutput.ts';

/** The decoders of openGauss by the names of the recordings that are theirs. */
export const OPENGAUSS_DECODERS: Readonly<Record<string, (parts: DecoderParts) => FrameDecoder>> = {
  'mppdb-serial': (parts) => createSerialDecoder({ ...parts, now: () => 0 }),
  'parallel-binary': createParallelBinaryDecoder,
  'parallel-binary-batch': createParallelBinaryDecoder,
  'parallel-json': (parts) => createParallelJsonDecoder(parts, { batch: false }),
  'parallel-json-batch': (parts) => createParallelJsonDecoder(parts, { batch: true }),
  'parallel-text': (parts) => createParallelTextDecoder(parts, { batch: false }),
  'parallel-text-batch': (parts) => createParallelTextDecoder(parts, { batch: true }),
  pgoutput: ({ handler }) => createOpenGaussPgoutputDecoder(handler),
};
