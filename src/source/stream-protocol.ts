import type { ChangeHandler } from '../domain/change.ts';
import type { Lsn } from '../domain/lsn.ts';
import type { DecodeControl, FrameDecoder } from './decode/frame-decoder.ts';
import type { ClientConfig } from './session-client.ts';
import type { KeepaliveReach } from './source.ts';
import type { StreamConnection } from './stream-connection.ts';

/** What a decoder is built from. */
export interface DecoderTools {
  readonly handler: ChangeHandler;
  readonly control: DecodeControl;
  /** Holds the stream until `work` is done; a rejection ends the stream. */
  readonly holdFor: (work: Promise<void>) => void;
}

/** What differs between dialects, plugins and modes for one stream session. */
export interface StreamProtocol {
  /** A fresh, unconnected connection. */
  readonly connection: () => StreamConnection;
  /** Settings of the replication session over that connection. */
  readonly clientConfig: (connection: StreamConnection) => ClientConfig;
  /** Run on the logged-in session before START_REPLICATION: the server's timeout for silent clients in ms, 0: none. */
  readonly senderTimeoutMs: (query: (sql: string) => Promise<readonly object[]>) => Promise<number>;
  readonly startCommand: (startLsn: string) => string;
  readonly decoder: (tools: DecoderTools) => FrameDecoder;
  /** The owner asks how far everything is delivered; besides this the server is asked for a keepalive. */
  readonly asked: () => void;
  /** What a keepalive at `lsn` proves, and up to where; asked once per keepalive, in stream order. */
  readonly judge: (lsn: Lsn) => { readonly lsn: Lsn; readonly reach: KeepaliveReach };
}
