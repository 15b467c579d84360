import type { CellForm, TimeUnit } from '../form.ts';
import { type ConnectSchema, logical } from './connect-schema.ts';
import type { DebeziumSettings } from './settings.ts';
import type { TypedForm } from './typed-form.ts';

const UNITS = { Time: 'ms', MicroTime: 'us', NanoTime: 'ns' } as const;
const STAMP_UNITS = { Timestamp: 'ms', MicroTimestamp: 'us', NanoTimestamp: 'ns' } as const;
const MAX_DIGITS = 6;

/** Digits of a second of a time type with this modifier. */
export function fractionDigits(modifier: number): number {
  return modifier < 0 ? MAX_DIGITS : modifier;
}

/**
 * Dates and times by `timePrecision`. Types with a zone are text in all of them.
 *
 * | type                       | adaptive       | adaptive-time-microseconds | connect   | isostring    | microseconds   | nanoseconds   |
 * |----------------------------|----------------|----------------------------|-----------|--------------|----------------|---------------|
 * | date                       | Date           | Date                       | Date      | IsoDate      | Date           | Date          |
 * | time(0-3)                  | Time           | MicroTime                  | Time      | IsoTime      | MicroTime      | NanoTime      |
 * | time, time(4-6)            | MicroTime      | MicroTime                  | Time      | IsoTime      | MicroTime      | NanoTime      |
 * | timestamp(0-3)             | Timestamp      | Timestamp                  | Timestamp | IsoTimestamp | MicroTimestamp | NanoTimestamp |
 * | timestamp, timestamp(4-6)  | MicroTimestamp | MicroTimestamp             | Timestamp | IsoTimestamp | MicroTimestamp | NanoTimestamp |
 *
 * Those of `connect` are Connect's own, the others Debezium's.
 */
export function dateForm({ times }: DebeziumSettings): TypedForm {
  if (times === 'isostring') return isoForm('IsoDate', { kind: 'iso-date' }, '1970-01-01');
  const schema = times === 'connect' ? connectTime('int32', 'Date') : debeziumTime('int32', 'Date');
  return { form: { kind: 'days' }, schema, zero: { text: '1970-01-01' } };
}

export function timeForm(modifier: number, { times }: DebeziumSettings): TypedForm {
  const zero = { text: '00:00:00' };
  if (times === 'isostring') return isoForm('IsoTime', { kind: 'iso-time' }, zero.text);
  if (times === 'connect') return { form: time('ms'), schema: connectTime('int32', 'Time'), zero };
  const name = timeName(modifier, times);
  return { form: time(UNITS[name]), schema: debeziumTime(name === 'Time' ? 'int32' : 'int64', name), zero };
}

function timeName(modifier: number, times: DebeziumSettings['times']): keyof typeof UNITS {
  if (times === 'nanoseconds') return 'NanoTime';
  return times === 'adaptive' && fractionDigits(modifier) <= 3 ? 'Time' : 'MicroTime';
}

export function timestampForm(modifier: number, { times }: DebeziumSettings): TypedForm {
  const zero = { text: '1970-01-01 00:00:00' };
  if (times === 'isostring') return isoForm('IsoTimestamp', { kind: 'iso-timestamp' }, zero.text);
  if (times === 'connect') return { form: timestamp('ms'), schema: connectTime('int64', 'Timestamp'), zero };
  const name = timestampName(modifier, times);
  return { form: timestamp(STAMP_UNITS[name]), schema: debeziumTime('int64', name), zero };
}

function timestampName(modifier: number, times: DebeziumSettings['times']): keyof typeof STAMP_UNITS {
  if (times === 'nanoseconds') return 'NanoTimestamp';
  if (times === 'microseconds') return 'MicroTimestamp';
  return fractionDigits(modifier) <= 3 ? 'Timestamp' : 'MicroTimestamp';
}

/** The zero has no fraction, whatever the column's digits. */
export function zonedTimestampForm(modifier: number): TypedForm {
  return {
    form: { kind: 'zoned-timestamp', digits: fractionDigits(modifier) },
    schema: debeziumTime('string', 'ZonedTimestamp'),
    zero: { constant: '1970-01-01T00:00:00Z' },
  };
}

export function zonedTimeForm(): TypedForm {
  return {
    form: { kind: 'zoned-time' },
    schema: debeziumTime('string', 'ZonedTime'),
    zero: { constant: '00:00:00Z' },
  };
}

export function intervalForm({ intervals }: DebeziumSettings): TypedForm {
  const zero = { text: '00:00:00' };
  return intervals === 'string'
    ? { form: { kind: 'iso-interval' }, schema: debeziumTime('string', 'Interval'), zero }
    : { form: { kind: 'interval' }, schema: debeziumTime('int64', 'MicroDuration'), zero };
}

function isoForm(name: string, form: CellForm, zero: string): TypedForm {
  return { form, schema: debeziumTime('string', name), zero: { text: zero } };
}

function time(unit: TimeUnit): CellForm {
  return { kind: 'time', unit };
}

function timestamp(unit: TimeUnit): CellForm {
  return { kind: 'timestamp', unit };
}

function debeziumTime(type: 'int32' | 'int64' | 'string', name: string): ConnectSchema {
  return logical(type, `io.debezium.time.${name}`);
}

function connectTime(type: 'int32' | 'int64', name: string): ConnectSchema {
  return logical(type, `org.apache.kafka.connect.data.${name}`);
}
