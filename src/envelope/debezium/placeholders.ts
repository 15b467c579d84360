import { createHash } from 'node:crypto';
import type { Constant } from '../plan.ts';
import type { FixedPlan } from './connect-schema.ts';
import type { DebeziumSettings } from './settings.ts';
import { type ColumnType, fixedPlan, type TypedForm } from './typed-form.ts';

const NULL: FixedPlan = { kind: 'constant', value: null };

/** Arrays whose placeholder is a list of the text. */
const TEXT_ARRAYS: ReadonlySet<string> = new Set(['text', 'varchar', 'json', 'jsonb', 'nvarchar2']);
/** Arrays whose placeholder is the list of its bytes. */
const NUMBER_ARRAYS: ReadonlySet<string> = new Set(['int4', 'int8', 'date']);

/**
 * What stands for an unchanged TOAST value that the server did not send; null where Debezium has nothing: numbers, bits,
 * and most arrays.
 */
export function placeholderOf(type: ColumnType, typed: TypedForm, text: string, settings: DebeziumSettings): FixedPlan {
  if (type.category === 'A') return arrayPlaceholder(type, typed, text, settings);
  switch (typed.form.kind) {
    case 'text':
    case 'decimal-text':
      return constant(text);
    case 'bytes':
      return bytesPlaceholder(typed, text, settings);
    case 'hstore':
      return constant(settings.hstore === 'json' ? JSON.stringify({ [text]: text }) : { [text]: text });
    default:
      return NULL;
  }
}

/** The text's bytes; under `hex` the text itself, and nothing where bytes are base64 text. */
function bytesPlaceholder({ form }: TypedForm, text: string, { binary }: DebeziumSettings): FixedPlan {
  if (binary === 'hex') return constant(text);
  return binary === 'bytes' ? fixedPlan({ text: `\\x${hexOf(text)}` }, form) : NULL;
}

function arrayPlaceholder(
  { element }: ColumnType,
  { form }: TypedForm,
  text: string,
  settings: DebeziumSettings,
): FixedPlan {
  if (form.kind === 'text') return constant(text);
  const name = element?.name ?? '';
  if (TEXT_ARRAYS.has(name)) return constant([text]);
  if (name === 'date' && settings.times === 'isostring') return NULL;
  if (NUMBER_ARRAYS.has(name)) return constant([...Buffer.from(text, 'utf8')].map((byte) => (byte << 24) >> 24));
  if (name === 'uuid') return constant([nameBasedUuid(text)]);
  if (name === 'bytea' && settings.binary === 'bytes') return fixedPlan({ text: `{"\\\\x${hexOf(text)}"}` }, form);
  return NULL;
}

/** Version 3 (RFC 4122) of the text alone, as java.util.UUID.nameUUIDFromBytes makes it. */
function nameBasedUuid(text: string): string {
  const hash = createHash('md5').update(text, 'utf8').digest();
  hash[6] = (hash[6]! & 0x0f) | 0x30;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function hexOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex');
}

function constant(value: Constant): FixedPlan {
  return { kind: 'constant', value };
}
