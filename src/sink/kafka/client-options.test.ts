import { describe, expect, it } from 'vitest';
import type { KafkaEndpoint } from '../../domain/endpoints.ts';
import { parseBroker, saslOptions, tlsOptions } from './client-options.ts';

const SASL = { mechanism: 'PLAIN', username: 'u', password: 'p' } as const;

function endpoint(more: Partial<KafkaEndpoint>): KafkaEndpoint {
  return { brokers: ['h:1'], securityProtocol: 'PLAINTEXT', compression: 'none', ...more };
}

describe('client options', () => {
  it('read brokers with names, addresses and IPv6', () => {
    expect(parseBroker('kafka-1.example:9092')).toEqual({ host: 'kafka-1.example', port: 9092 });
    expect(parseBroker('[::1]:9093')).toEqual({ host: '::1', port: 9093 });
    for (const wrong of ['host', 'host:', ':9092', 'host:0', 'host:70000', 'host:x']) {
      expect(() => parseBroker(wrong)).toThrow(expect.objectContaining({ code: 'SPEC_INVALID' }));
    }
  });

  it('verify certificates unless told otherwise', () => {
    expect(tlsOptions(endpoint({}))).toBeNull();
    expect(tlsOptions(endpoint({ securityProtocol: 'SASL_PLAINTEXT', sasl: SASL }))).toBeNull();
    expect(tlsOptions(endpoint({ securityProtocol: 'SSL' }))).toEqual({ rejectUnauthorized: true });
    const ssl = { ca: 'CA', cert: 'C', key: 'K', rejectUnauthorized: false };
    expect(tlsOptions(endpoint({ securityProtocol: 'SASL_SSL', ssl }))).toEqual(ssl);
  });

  it('use SASL only where the protocol says so, and then need it', () => {
    expect(saslOptions(endpoint({ sasl: SASL }))).toBeNull();
    expect(saslOptions(endpoint({ securityProtocol: 'SASL_SSL', sasl: SASL }))).toMatchObject({ mechanism: 'PLAIN' });
    expect(() => saslOptions(endpoint({ securityProtocol: 'SASL_SSL' }))).toThrow(
      expect.objectContaining({ code: 'SPEC_INVALID' }),
    );
  });

  it('keep a lost connection during authentication apart from wrong credentials', async () => {
    const sasl = saslOptions(endpoint({ securityProtocol: 'SASL_SSL', sasl: SASL }))!;
    const logger = { debug() {}, error() {} };
    const attempt = (error: Error) =>
      sasl
        .authenticationProvider({ ...{ host: 'h', port: 1, logger }, saslAuthenticate: () => Promise.reject(error) })
        .authenticate();
    const lost = Object.assign(new Error('closed'), { name: 'KafkaJSConnectionClosedError' });
    await expect(attempt(lost)).rejects.toBe(lost);
    const refused = Object.assign(new Error('no'), { name: 'KafkaJSProtocolError', code: 58 });
    await expect(attempt(refused)).rejects.toMatchObject({ name: 'KafkaJSSASLAuthenticationError' });
  });
});
