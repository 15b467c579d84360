import { describe, expect, it } from 'vitest';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import { clientConfig } from './client.ts';

const endpoint: SourceEndpoint = {
  dialect: 'postgres',
  host: 'db',
  port: 5432,
  replicationPort: 5433,
  database: 'shop',
  username: 'cdc',
  password: 'secret',
};

describe('clientConfig', () => {
  it('takes the replication port for replication only', () => {
    expect(clientConfig(endpoint)).toMatchObject({ port: 5432, database: 'shop', ssl: false });
    expect(clientConfig(endpoint, { replication: true })).toMatchObject({ port: 5433, replication: 'database' });
  });

  it('gives the settings cells are printed under at startup', () => {
    const { options } = clientConfig(endpoint, { replication: true });
    for (const setting of ['DateStyle=ISO', 'TimeZone=UTC', 'IntervalStyle=postgres', 'extra_float_digits=3']) {
      expect(options).toContain(`-c ${setting}`);
    }
  });

  it('never limits the time of a stream', () => {
    expect(clientConfig(endpoint, { replication: true }).query_timeout).toBeUndefined();
    expect(clientConfig(endpoint).query_timeout).toBeGreaterThan(0);
  });

  it('does not hold the password as plain data', () => {
    expect(JSON.stringify(clientConfig(endpoint))).not.toContain('secret');
  });

  it.each([
    ['require', { rejectUnauthorized: false }, false],
    ['verify-ca', { rejectUnauthorized: true, ca: 'PEM' }, true],
    ['verify-full', { rejectUnauthorized: true, ca: 'PEM' }, false],
  ] as const)('sets up TLS mode %s', (mode, expected, ignoresName) => {
    const { ssl } = clientConfig({ ...endpoint, tls: { mode, ca: 'PEM' } });
    expect(ssl).toMatchObject(expected);
    expect(typeof ssl === 'object' && 'checkServerIdentity' in ssl).toBe(ignoresName);
  });

  it('leaves TLS out when told so', () => {
    expect(clientConfig({ ...endpoint, tls: { mode: 'disable', ca: 'PEM' } }).ssl).toBe(false);
  });
});
