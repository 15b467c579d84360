import type { Client } from 'pg';
import type { LogicalReplicationService } from 'pg-logical-replication';
import { CdcError } from '../domain/errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  '': 1,
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export interface StartOptions {
  readonly publication: string;
  /** Hears the server's wal_sender_timeout in ms (0: off) before the stream starts. */
  readonly serverTimeout: (ms: number) => void;
}

/** What the library calls a plugin (it exports no type for it). */
type Plugin = Parameters<LogicalReplicationService['subscribe']>[0];

/** Starts pgoutput for pg-logical-replication, whose own plugin does not quote names. Decoding is not its business. */
export function startReplication(options: StartOptions): Plugin {
  return {
    options,
    name: 'pgoutput',
    start: async (client: Client, slot: string, lsn: string) => {
      const { rows } = await client.query<{ wal_sender_timeout: string }>('SHOW wal_sender_timeout');
      options.serverTimeout(parseDurationMs(rows[0]?.wal_sender_timeout ?? ''));
      return client.query(startCommand(slot, lsn, options.publication));
    },
    parse: () => {
      throw new CdcError('INTERNAL', 'a frame went past the stream connection');
    },
  };
}

/**
 * The START_REPLICATION command. The publication is an SQL string that holds a list of identifiers (the server reads it
 * with SplitIdentifierString, which folds unquoted names to lower case).
 */
export function startCommand(slot: string, lsn: string, publication: string): string {
  const publications = quote(quote(publication, '"'), "'");
  return `START_REPLICATION SLOT ${quote(slot, '"')} LOGICAL ${lsn} (proto_version '1', publication_names ${publications})`;
}

/** Milliseconds of a setting as SHOW prints it: `1min`, `30s`, `0`. Errors: SOURCE_QUERY. */
export function parseDurationMs(text: string): number {
  const match = /^(\d+)\s*([a-z]*)$/.exec(text.trim());
  const unit = UNIT_MS[match?.[2] ?? '?'];
  if (!match || unit === undefined) throw new CdcError('SOURCE_QUERY', `cannot read wal_sender_timeout "${text}"`);
  return Number(match[1]) * unit;
}

function quote(text: string, mark: string): string {
  return mark + text.replaceAll(mark, mark + mark) + mark;
}
