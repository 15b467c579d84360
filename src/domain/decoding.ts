/** A table by its catalog names. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** How the server decodes its WAL for a task (`source.decoding`); what is left out is the dialect's choice. */
export interface DecodingOptions {
  readonly plugin?: 'mppdb_decoding' | 'pgoutput' | undefined;
  readonly mode?: 'serial' | 'parallel' | undefined;
  readonly style?: 'binary' | 'json' | 'text' | undefined;
  readonly batch?: boolean | undefined;
  /** Decoder threads on the server, parallel mode. */
  readonly parallelism?: number | undefined;
  /** Passed through to the server's plugin. */
  readonly options?: Readonly<Record<string, string>> | undefined;
}

/** The small table whose rows move an idle slot where keepalives must not be confirmed. */
export interface HeartbeatOptions {
  readonly schema: string;
  /** The user agreed that the task creates the table where it is missing. */
  readonly create: boolean;
  readonly intervalMs: number;
}

/** Its name in whatever schema; never captured. */
export const HEARTBEAT_TABLE = 'gausscast_heartbeat';
