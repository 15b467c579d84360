import type { ConnectionOptions } from 'node:tls';
import type { SourceEndpoint, TlsOptions } from '../domain/endpoints.ts';

const KEEPALIVE_DELAY_MS = 30_000;

/** What pg's Connection constructor takes; needed by whoever builds an own Connection. */
export interface ConnectionConfig {
  readonly ssl: false | ConnectionOptions;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelayMillis: number;
}

/** Transport settings of a session: TLS and TCP keepalive. */
export function connectionConfig(endpoint: SourceEndpoint): ConnectionConfig {
  return { ssl: tlsConfig(endpoint.tls), keepAlive: true, keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS };
}

function tlsConfig(tls: TlsOptions | undefined): false | ConnectionOptions {
  if (tls === undefined || tls.mode === 'disable') return false;
  return {
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    rejectUnauthorized: tls.mode !== 'require',
    // verify-ca: whoever holds a certificate of this CA is trusted, whatever its name (libpq's meaning).
    ...(tls.mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
}
