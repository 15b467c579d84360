import type { EnvelopeOptions } from '../../src/envelope/options.ts';
import type { Message } from './debezium-messages.ts';
import type { RecordedMessages, RecordedText } from './debezium-recording.ts';

/** Connector and converter settings → the option that means the same. */
const OPTIONS: Readonly<Record<string, (value: string) => Partial<EnvelopeOptions>>> = {
  'value.converter.schemas.enable': (value) => ({ schemas: value === 'true' }),
  'decimal.handling.mode': (value) => ({ decimalHandling: value as EnvelopeOptions['decimalHandling'] }),
  'time.precision.mode': (value) => ({ timePrecision: dashed(value) as EnvelopeOptions['timePrecision'] }),
  'binary.handling.mode': (value) => ({ binaryHandling: value as EnvelopeOptions['binaryHandling'] }),
  'hstore.handling.mode': (value) => ({ hstoreHandling: value as EnvelopeOptions['hstoreHandling'] }),
  'interval.handling.mode': (value) => ({ intervalHandling: value as EnvelopeOptions['intervalHandling'] }),
  'unavailable.value.placeholder': (value) => ({ unavailableValue: value }),
  'tombstones.on.delete': (value) => ({ tombstones: value === 'true' }),
  'field.name.adjustment.mode': (value) => ({ nameAdjustment: dashed(value) as EnvelopeOptions['nameAdjustment'] }),
};

const PROFILES: Readonly<Record<string, EnvelopeOptions['profile']>> = { v27: '2.7', v31: '3.1', v36: '3.6' };

/** The options under which we publish what this connector did. `config`: `v36-plain`. */
export function optionsOf(config: string, { settings }: RecordedMessages): EnvelopeOptions {
  const chosen = Object.entries(settings).map(([name, value]) => OPTIONS[name]?.(value) ?? {});
  return Object.assign(
    { format: 'debezium-json', serverName: 'gold', nulls: 'debezium', schemas: true },
    { profile: PROFILES[config.slice(0, 3)] },
    ...chosen,
  ) as EnvelopeOptions;
}

/** Its messages of table rows: no logical messages, truncates or transaction metadata, which we have no option for. */
export function expectedMessages({ messages, schemas, settings }: RecordedMessages): readonly Message[] {
  const text = (recorded: RecordedText): string | null => {
    if (recorded === null || typeof recorded === 'string') return recorded;
    return `{"schema":${schemas[recorded[0]]},"payload":${recorded[1]}}`;
  };
  return messages
    .filter(({ topic }) => topic !== `${settings['topic.prefix']}.message`)
    .map(({ key, value, headers }) => ({ key: text(key), value: text(value), headers }));
}

/** Without what changes from run to run: the clock at the end of the envelope, and the id of the run. */
export function masked({ key, value, headers }: Message): Message {
  return {
    key,
    value: value === null ? null : value.replace(/"ts_ms":\d+,"ts_us":\d+,"ts_ns":\d+(\}+)$/, '"ts":0$1'),
    headers: headers.map(([name, text]) => [name, name === '__debezium.context.runId' ? '' : text]),
  };
}

function dashed(text: string): string {
  return text.replaceAll('_', '-');
}
