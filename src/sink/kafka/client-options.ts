import type { Socket } from 'node:net';
import { connect as connectPlain, isIP } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { KafkaEndpoint, SaslOptions } from '../../domain/endpoints.ts';
import { CdcError } from '../../domain/errors.ts';
import { type KafkaJsSasl, type SaslContext, type SocketRequest, saslProviders } from './kafkajs-internals.ts';

const KEEP_ALIVE_MS = 30_000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, also `[::1]:9092`. Errors: SPEC_INVALID. */
export function parseBroker(text: string): Address {
  const at = text.lastIndexOf(':');
  const host = text.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  const port = Number(text.slice(at + 1));
  if (at < 1 || host === '' || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw new CdcError('SPEC_INVALID', `"${text}" is not host:port`, {
      fields: [{ path: 'target.brokers', code: 'invalid', message: 'write host:port' }],
    });
  }
  return { host, port };
}

/** TLS options of the endpoint; null without TLS. */
export function tlsOptions(endpoint: KafkaEndpoint): ConnectionOptions | null {
  if (!endpoint.securityProtocol.endsWith('SSL')) return null;
  const { ca, cert, key, rejectUnauthorized } = endpoint.ssl ?? {};
  return {
    rejectUnauthorized: rejectUnauthorized ?? true,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** SASL of the endpoint; null without. A new object per connection: kafkajs keeps it. */
export function saslOptions(endpoint: KafkaEndpoint): KafkaJsSasl | null {
  if (!endpoint.securityProtocol.startsWith('SASL')) return null;
  if (endpoint.sasl === undefined) {
    throw new CdcError('SPEC_INVALID', `securityProtocol ${endpoint.securityProtocol} needs target.sasl`, {
      fields: [{ path: 'target.sasl', code: 'required', message: 'give mechanism, username and password' }],
    });
  }
  return { mechanism: endpoint.sasl.mechanism, authenticationProvider: providerOf(endpoint.sasl) };
}

/**
 * kafkajs turns every failure during authentication into "wrong credentials", also a broker that went away meanwhile.
 * Credentials are never tried again, so a connection that broke must stay what it is.
 */
function providerOf(sasl: SaslOptions): KafkaJsSasl['authenticationProvider'] {
  const { username, password } = sasl;
  const provide = saslProviders[sasl.mechanism]!({ username, password });
  return (context: SaslContext) => {
    let broken: unknown = null;
    const saslAuthenticate = async (step: unknown): Promise<unknown> => {
      try {
        return await context.saslAuthenticate(step);
      } catch (error) {
        if (isBroken(error)) broken = error;
        throw error;
      }
    };
    const authenticator = provide({ ...context, saslAuthenticate });
    return {
      async authenticate(): Promise<void> {
        try {
          await authenticator.authenticate();
        } catch (error) {
          throw broken ?? error;
        }
      },
    };
  };
}

function isBroken(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  return name.startsWith('KafkaJSConnection') || name === 'KafkaJSRequestTimeoutError';
}

/** Opens a socket for kafkajs; small requests leave at once. */
export function openSocket({ host, port, ssl, onConnect }: SocketRequest): Socket {
  const socket =
    ssl === null
      ? connectPlain({ host, port }, onConnect)
      : connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}
