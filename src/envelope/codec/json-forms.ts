import { ByteWriter } from '../../domain/byte-writer.ts';
import { readBit, writeBitsBase64 } from '../convert/bit.ts';
import { writeBytesBase64, writeBytesHex } from '../convert/bytea.ts';
import { writeDays, writeIsoDate } from '../convert/date.ts';
import { writeInteger } from '../convert/integer.ts';
import { writeIntervalUs, writeIsoInterval } from '../convert/interval.ts';
import { readTime, writeIsoTime } from '../convert/time.ts';
import { writeIsoTimestamp, writeTimestamp, writeZonedTimestamp } from '../convert/timestamp.ts';
import type { ArrayForm, CellForm } from '../form.ts';
import type { FormedPlan } from '../plan.ts';
import { always, type CompiledForm, type FormWriter } from './compiled-form.ts';
import { arrayForm, EMPTY_LIST, hstoreJsonForm, hstoreMapForm, POINT } from './json-composite-forms.ts';
import type { JsonDialect } from './json-dialect.ts';
import {
  decimalDoubleForm,
  decimalForm,
  decimalTextForm,
  floatForm,
  moneyForm,
  VARIABLE_DECIMAL,
} from './json-number-forms.ts';
import { textWriter, writeBoolean, zonedTextWriter } from './json-text-forms.ts';

/** Chooses the writer of a form, once per column and relation version. `isBare`: JSON's quotes will not stand around it. */
export function compileForm(form: CellForm, dialect: JsonDialect, isBare = false): CompiledForm {
  switch (form.kind) {
    case 'text':
      return quoted(textWriter(dialect));
    case 'zoned-text':
      return quoted(zonedTextWriter(dialect));
    case 'boolean':
      return plain(always(writeBoolean));
    case 'boolean-text':
      return quoted(always(writeBoolean));
    case 'integer':
      return plain(always(writeInteger));
    case 'float':
      return floatForm(form.bits, isBare);
    case 'decimal':
      return decimalForm(form.scale);
    case 'variable-decimal':
      return VARIABLE_DECIMAL;
    case 'decimal-text':
      return decimalTextForm(form.scale, isBare);
    case 'decimal-double':
      return decimalDoubleForm(isBare);
    case 'money':
      return moneyForm(form.as, isBare);
    case 'bytes':
      return bytesForm(form.as);
    case 'bit':
      return plain(writeBit);
    case 'bits':
      return quoted(always(writeBitsBase64));
    case 'hstore':
      return form.as === 'json' ? hstoreJsonForm(dialect) : hstoreMapForm(dialect);
    case 'point':
      return POINT;
    case 'array':
      return arrayForm(form.isStrict ?? false, elementForm(form, dialect));
    case 'null':
      return plain(() => false);
    case 'empty-list':
      return EMPTY_LIST;
    case 'bare':
      return plain(compileForm(form.form, dialect, true).write);
    default:
      return timeForm(form);
  }
}

type TimeOfDayForm = Extract<CellForm, { kind: 'time' | 'iso-time' | 'zoned-time' }>;
type TimeForm =
  | TimeOfDayForm
  | Extract<
      CellForm,
      { kind: 'days' | 'iso-date' | 'timestamp' | 'iso-timestamp' | 'zoned-timestamp' | 'interval' | 'iso-interval' }
    >;

function timeForm(form: TimeForm): CompiledForm {
  switch (form.kind) {
    case 'days':
      return plain(always(writeDays));
    case 'iso-date':
      return quoted(always(writeIsoDate));
    case 'time':
    case 'iso-time':
    case 'zoned-time':
      return timeOfDayForm(form);
    case 'timestamp':
      return plain((bytes, start, end, out) => writeTimestamp(bytes, start, end, form.unit, out));
    case 'iso-timestamp':
      return quoted(always(writeIsoTimestamp));
    case 'zoned-timestamp':
      return quoted(always((bytes, start, end, out) => writeZonedTimestamp(bytes, start, end, form.digits, out)));
    case 'interval':
      return plain(always(writeIntervalUs));
    case 'iso-interval':
      return quoted(always(writeIsoInterval));
  }
}

/** `digits` of a second, all by default. Text: in UTC, if the cell has a zone. */
function timeOfDayForm(form: TimeOfDayForm, digits?: number): CompiledForm {
  if (form.kind !== 'time') {
    return quoted(always((bytes, start, end, out) => writeIsoTime(bytes, start, end, out, digits)));
  }
  const { unit } = form;
  return plain(always((bytes, start, end, out) => out.appendDigits(readTime(bytes, start, end, unit, digits))));
}

function elementForm({ element, fractionDigits }: ArrayForm, dialect: JsonDialect): CompiledForm {
  const isTimeOfDay = element.kind === 'time' || element.kind === 'iso-time' || element.kind === 'zoned-time';
  return isTimeOfDay ? timeOfDayForm(element, fractionDigits) : compileForm(element, dialect);
}

/** JSON text of a formed constant; null where its form has no way to say it. */
export function formedText({ form, text }: FormedPlan, dialect: JsonDialect): string {
  const { isQuoted, write } = compileForm(form, dialect);
  const bytes = Buffer.from(text, 'utf8');
  const out = new ByteWriter(64);
  if (!write(bytes, 0, bytes.length, out)) return 'null';
  const written = out.bytes.toString('utf8', 0, out.position);
  return isQuoted ? `"${written}"` : written;
}

/** JSON knows no bytes: as Kafka Connect writes them, in base64. */
function bytesForm(as: 'bytes' | 'base64' | 'base64-url' | 'hex'): CompiledForm {
  if (as === 'hex') return quoted(always(writeBytesHex));
  const isUrlSafe = as === 'base64-url';
  return quoted(always((bytes, start, end, out) => writeBytesBase64(bytes, start, end, isUrlSafe, out)));
}

function writeBit(bytes: Buffer, start: number, end: number, out: ByteWriter): boolean {
  const bit = readBit(bytes, start, end);
  if (bit !== null) out.appendText(String(bit));
  return bit !== null;
}

function plain(write: FormWriter): CompiledForm {
  return { isQuoted: false, write };
}

function quoted(write: FormWriter): CompiledForm {
  return { isQuoted: true, write };
}
