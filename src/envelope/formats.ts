import { CdcError } from '../domain/errors.ts';
import { jsonCodec } from './codec/json.ts';
import type { Envelope } from './envelope.ts';
import type { Codec, Shape } from './plan.ts';
import { drsShape } from './shape/drs.ts';

/** What a format may be told (contract, "envelope"). Formats that take more options extend this. */
export interface EnvelopeOptions {
  readonly format: string;
}

/** The formats on offer: shape × codec. A new format is one more line. */
const FORMATS: ReadonlyMap<string, { readonly shape: Shape; readonly codec: Codec }> = new Map([
  ['drs-json', { shape: drsShape, codec: jsonCodec }],
]);

export const OFFERED_FORMATS: readonly string[] = [...FORMATS.keys()];

/** Errors: OPTION_UNSUPPORTED for a format that is not on offer. */
export function createEnvelope(options: EnvelopeOptions): Envelope {
  const format = FORMATS.get(options.format);
  if (format === undefined) {
    throw new CdcError(
      'OPTION_UNSUPPORTED',
      `format ${options.format} is not offered; use ${OFFERED_FORMATS.join(', ')}`,
    );
  }
  return { compile: (context) => format.codec.compile(format.shape.plan(context)) };
}
