import { describe, expect, it } from 'vitest';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import { holderName, openGaussClientConfig } from './client.ts';
import { OpenGaussConnection } from './connection.ts';

const endpoint: SourceEndpoint = {
  dialect: 'opengauss',
  host: 'db',
  port: 5432,
  replicationPort: 5433,
  database: 'shop',
  username: 'cdc',
  password: 'secret',
};

describe('openGaussClientConfig', () => {
  it('takes the replication port for replication only, and the same port where there is none', () => {
    expect(openGaussClientConfig(endpoint)).toMatchObject({ port: 5432, database: 'shop', ssl: false });
    expect(openGaussClientConfig(endpoint, { replication: true })).toMatchObject({
      port: 5433,
      replication: 'database',
    });
    const onePort = { ...endpoint, replicationPort: undefined };
    expect(openGaussClientConfig(onePort, { replication: true }).port).toBe(5432);
  });

  it('brings its own connection, or takes the one given', () => {
    expect(openGaussClientConfig(endpoint).connection).toBeInstanceOf(OpenGaussConnection);
    const connection = {};
    expect(openGaussClientConfig(endpoint, { connection }).connection).toBe(connection);
  });

  it('sends no server settings in a form openGauss was not seen to take', () => {
    expect(openGaussClientConfig(endpoint).options).toBeUndefined();
  });
});

describe('holderName', () => {
  it('names the slot', () => {
    expect(holderName('gausscast_7')).toBe('gausscast:gausscast_7');
  });

  it('has at most 63 bytes and tells long names apart', () => {
    const [one, other] = ['a', 'b'].map((end) => holderName('s'.repeat(62) + end)) as [string, string];
    expect([one.length, other.length]).toEqual([63, 63]);
    expect(one).not.toBe(other);
    expect(one.startsWith('gausscast:sssss')).toBe(true);
  });
});
