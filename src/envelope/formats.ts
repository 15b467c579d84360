import { randomUUID } from 'node:crypto';
import { CdcError, type FieldError } from '../domain/errors.ts';
import { createJsonCodec } from './codec/json.ts';
import type { DebeziumRun } from './debezium/settings.ts';
import type { Envelope } from './envelope.ts';
import {
  CANAL_OPTIONS,
  DEBEZIUM_OPTIONS,
  DRS_OPTIONS,
  FLAT_OPTIONS,
  MULTI_TABLE_OPTIONS,
  type OptionRules,
  withDefaults,
} from './format-options.ts';
import { optionFaults } from './option-faults.ts';
import type { EnvelopeOptions } from './options.ts';
import type { Codec, Shape } from './plan.ts';
import { canalShape } from './shape/canal.ts';
import { debeziumShape } from './shape/debezium.ts';
import { dorisMultiTableShape } from './shape/doris-multi-table.ts';
import { drsCShape, drsShape } from './shape/drs.ts';
import { flatShape } from './shape/flat.ts';

interface Format {
  readonly shape: (options: EnvelopeOptions, run: DebeziumRun) => Shape;
  readonly codec: Codec;
  readonly options: OptionRules;
}

const json = createJsonCodec({ escape: 'json' });
const connectJson = createJsonCodec({ escape: 'connect' });
const THIS_RUN: DebeziumRun = { runId: randomUUID() };

/** The formats on offer: shape × codec. A new format is one more line. */
const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['drs-json', { shape: drsShape, codec: json, options: DRS_OPTIONS }],
  ['drs-json-c', { shape: drsCShape, codec: json, options: DRS_OPTIONS }],
  ['debezium-json', { shape: debeziumShape, codec: connectJson, options: DEBEZIUM_OPTIONS }],
  ['canal-json', { shape: canalShape, codec: json, options: CANAL_OPTIONS }],
  ['flat-json', { shape: flatShape, codec: json, options: FLAT_OPTIONS }],
  ['doris-multi-table', { shape: dorisMultiTableShape, codec: json, options: MULTI_TABLE_OPTIONS }],
]);

export const OFFERED_FORMATS: readonly string[] = [...FORMATS.keys()];

/** What a format takes for each of its options; undefined for a format that is not on offer. */
export function optionRules(format: string): OptionRules | undefined {
  return FORMATS.get(format)?.options;
}

/** What is wrong with the options a user gave, format included in `given` or not; none for a format not on offer. */
export function envelopeFaults(format: string, given: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const rules = optionRules(format);
  return rules === undefined ? [] : optionFaults(format, rules, given);
}

/** Errors: OPTION_UNSUPPORTED for a format that is not on offer. */
export function createEnvelope(given: EnvelopeOptions, run: DebeziumRun = THIS_RUN): Envelope {
  const format = FORMATS.get(given.format);
  if (format === undefined) {
    throw new CdcError(
      'OPTION_UNSUPPORTED',
      `format ${given.format} is not offered; use ${OFFERED_FORMATS.join(', ')}`,
    );
  }
  const shape = format.shape(withDefaults(format.options, given), run);
  return { compile: (context) => format.codec.compile(shape.plan(context)) };
}
