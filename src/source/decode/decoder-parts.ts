import type { ChangeHandler } from '../../domain/change.ts';
import type { DecodeControl } from './frame-decoder.ts';
import type { ShapeSource } from './shapes.ts';

/** What the decoders of openGauss formats that announce no relations work with. */
export interface DecoderParts {
  readonly handler: ChangeHandler;
  readonly control: DecodeControl;
  readonly shapes: ShapeSource;
}
