/** What a format may be told (contract, "envelope"). Which format takes which option: format-options.ts. */
export interface EnvelopeOptions {
  readonly format: string;
  readonly key?: 'default' | 'debezium' | 'avro' | 'string' | undefined;
  readonly schemas?: boolean | undefined;
  readonly profile?: '2.7' | '3.1' | '3.6' | 'mysql' | undefined;
  readonly serverName?: string | undefined;
  readonly decimalHandling?: 'precise' | 'string' | 'double' | undefined;
  readonly timePrecision?: TimePrecision | undefined;
  readonly binaryHandling?: BinaryHandling | undefined;
  readonly hstoreHandling?: 'json' | 'map' | undefined;
  readonly intervalHandling?: 'numeric' | 'string' | undefined;
  readonly unavailableValue?: string | undefined;
  readonly unavailable?: 'placeholder' | 'omit' | undefined;
  readonly nulls?: 'exact' | 'debezium' | undefined;
  readonly tombstones?: boolean | undefined;
  readonly snapshotOp?: 'r' | 'c' | undefined;
  readonly nameAdjustment?: 'none' | 'avro' | 'avro-unicode' | undefined;
  readonly transactionMetadata?: boolean | undefined;
  readonly unwrap?: UnwrapOptions | undefined;
}

export type TimePrecision =
  | 'adaptive'
  | 'adaptive-time-microseconds'
  | 'connect'
  | 'isostring'
  | 'microseconds'
  | 'nanoseconds';

export type BinaryHandling = 'bytes' | 'base64' | 'base64-url-safe' | 'hex';

/** Members that a flat row has besides its columns. */
export interface UnwrapOptions {
  /** Name of the member that holds the operation: `c`, `u`, `d`. */
  readonly op?: string | undefined;
  /** Name of the member that says `true` for a deleted row and `false` for any other, as text. */
  readonly deleted?: string | undefined;
  /** Whether the row has `__DORIS_DELETE_SIGN__`, `1` for a deleted row and `0` for any other, as text. */
  readonly dorisDeleteSign?: boolean | undefined;
  /** Facts of the change: names of shape/source-fields.ts. */
  readonly sourceFields?: readonly string[] | undefined;
}
