import type { BinaryHandling, EnvelopeOptions, TimePrecision } from '../options.ts';

/** Whom a record claims to be from: a version of Debezium's PostgreSQL connector, or its MySQL connector. */
export type Profile = '2.7' | '3.1' | '3.6' | 'mysql';

/** What `source.version` says. */
export const CONNECTOR_VERSIONS: Readonly<Record<Profile, string>> = {
  '2.7': '2.7.4.Final',
  '3.1': '3.1.3.Final',
  '3.6': '3.6.0.Final',
  mysql: '3.6.0.Final',
};

/** What is decided outside the options. */
export interface DebeziumRun {
  /** Header `__debezium.context.runId`: a UUID of this run of the service. */
  readonly runId: string;
  /** Columns of types that Debezium leaves out: published as text (default), or left out as well. */
  readonly unknownTypes?: 'text' | 'drop';
}

/** The options of a Debezium format with the defaults of the contract. */
export interface DebeziumSettings {
  readonly schemas: boolean;
  /** False: the record has the contract's default key in place of Debezium's. */
  readonly hasStructKey: boolean;
  readonly profile: Profile;
  /** Null: the name of the task. */
  readonly serverName: string | null;
  readonly decimals: 'precise' | 'string' | 'double';
  readonly times: TimePrecision;
  readonly binary: BinaryHandling;
  readonly hstore: 'json' | 'map';
  readonly intervals: 'numeric' | 'string';
  /** What stands for a value that the server did not send; null: it is left out. */
  readonly placeholder: string | null;
  /** As Debezium: a default stands for NULL, and types it declares but cannot read are empty. */
  readonly isFaithful: boolean;
  readonly tombstones: boolean;
  readonly nameAdjustment: 'none' | 'avro' | 'avro-unicode';
  readonly unknownTypes: 'text' | 'drop';
  readonly runId: string;
}

const PLACEHOLDER = '__debezium_unavailable_value';

export function toSettings(options: EnvelopeOptions, run: DebeziumRun): DebeziumSettings {
  const placeholder = options.unavailableValue ?? PLACEHOLDER;
  return {
    schemas: options.schemas ?? false,
    hasStructKey: options.key !== 'string',
    profile: options.profile ?? '3.6',
    serverName: options.serverName ?? null,
    decimals: options.decimalHandling ?? 'precise',
    times: options.timePrecision ?? 'adaptive',
    binary: options.binaryHandling ?? 'bytes',
    hstore: options.hstoreHandling ?? 'json',
    intervals: options.intervalHandling ?? 'numeric',
    placeholder: options.unavailable === 'omit' ? null : placeholder,
    isFaithful: options.nulls === 'debezium',
    tombstones: options.tombstones ?? true,
    nameAdjustment: options.nameAdjustment ?? 'none',
    unknownTypes: run.unknownTypes ?? 'text',
    runId: run.runId,
  };
}
