import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { SourceEndpoint, TlsOptions } from '../../src/domain/endpoints.ts';
import { connectOpenGauss, connectOpenGaussReplication } from '../../src/source/opengauss/client.ts';
import { connect } from '../../src/source/postgres/client.ts';
import { closeClient } from '../../src/source/session-client.ts';
import { ByteSink } from '../support/byte-sink.ts';
import { CERTIFICATE, type LoginScript, LoginServer, WELCOME } from '../support/login-server.ts';
import { backendMessage } from '../support/wal-builder.ts';

interface Exchange {
  readonly protocol?: string;
  readonly minor?: number;
  readonly user: string;
  readonly hba?: string;
  readonly stored?: string;
  readonly case?: string;
  readonly password?: string;
  readonly result: string;
  readonly exchange: readonly { readonly from: string; readonly type: string; readonly hex: string }[];
}

/** All passwords in the recordings. */
const PASSWORD = 'Gauss@123';
const FILES = ['hba-md5', 'hba-sha256', 'hba-sm3', 'sm3-and-code-11'];

/** Logins of protocol 3.51 that a real server let in; code 11 is refused by us before that. */
const RECORDED = FILES.flatMap((file) => {
  const path = join(import.meta.dirname, `../fixtures/opengauss/auth/${file}.json`);
  const { exchanges } = JSON.parse(readFileSync(path, 'utf8')) as { exchanges: readonly Exchange[] };
  return exchanges
    .filter(({ protocol, minor, result }) => (protocol === '3.51' || minor === 51) && result === 'ok')
    .map((exchange) => ({
      name: `${file}: ${exchange.case ?? exchange.stored}`,
      user: exchange.user,
      password: exchange.password ?? PASSWORD,
      challenge: bytesOf(exchange, 'R'),
      response: bytesOf(exchange, 'p'),
    }));
}).filter(({ challenge }) => challenge.readUInt32BE(0) !== 11);
const WITH_HASH = RECORDED.filter(({ challenge }) => challenge.readUInt32BE(0) >= 10);

function bytesOf({ exchange }: Exchange, type: string): Buffer {
  return Buffer.from(exchange.find((message) => message.type === type)!.hex, 'hex');
}

let server: LoginServer | undefined;

async function endpointOf(script: LoginScript, more: Partial<SourceEndpoint> = {}): Promise<SourceEndpoint> {
  server = await LoginServer.listen(script);
  return {
    dialect: 'opengauss',
    host: '127.0.0.1',
    port: server.port,
    database: 'factdb',
    username: 'u2',
    password: PASSWORD,
    ...more,
  };
}

const request = (code: number, rest: Buffer | string = '') =>
  backendMessage('R', new ByteSink().uint32(code).bytes(Buffer.from(rest)).toBuffer());

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('an openGauss login', () => {
  it('was recorded for MD5, SHA256 and SM3', () => {
    expect([...new Set(RECORDED.map(({ challenge }) => challenge.readUInt32BE(0)))].sort()).toEqual([10, 13, 5]);
    expect(WITH_HASH.length).toBeGreaterThan(2);
  });

  it.each(RECORDED)('answers as recorded: $name', async ({ user, password, challenge, response }) => {
    const script = { challenge: backendMessage('R', challenge), verdict: WELCOME };
    const client = await connectOpenGauss(await endpointOf(script, { username: user, password }));
    await closeClient(client);
    expect(server!.received[0]).toMatch(/^.{8}00030033/);
    expect(server!.received[1]).toBe(backendMessage('p', response).toString('hex'));
  });

  it('asks for a replication session under its own name, with settings', async () => {
    const endpoint = await endpointOf({ challenge: WELCOME });
    const client = await connectOpenGaussReplication(endpoint, 'gausscast:s', { lockwait_timeout: '30000' });
    await closeClient(client);
    const texts = Buffer.from(server!.received[0]!, 'hex').toString('latin1');
    for (const text of ['application_name\0gausscast:s', 'replication\0database', 'lockwait_timeout\x0030000']) {
      expect(texts).toContain(`\0${text}\0`);
    }
    expect(texts).not.toContain('session_timeout');
  });

  it.each([
    ['a request without an answer', request(11, '0'.repeat(64)), { code: 'SOURCE_AUTH', retry: 'never' }],
    ['a request that is too much work', request(10, `\0\0\0\x02${'0'.repeat(72)}\x7f\0\0\0`), { code: 'SOURCE_AUTH' }],
    ['a PostgreSQL server', request(10, 'SCRAM-SHA-256\0\0'), { code: 'DIALECT_MISMATCH' }],
  ])('fails once and without a password at %s', async (_what, challenge, expected) => {
    const endpoint = await endpointOf({ challenge });
    await expect(connectOpenGauss(endpoint)).rejects.toMatchObject(expected);
    expect([server!.received.length, server!.logins]).toEqual([1, 1]);
  });

  it('fails once with the words of the server', async () => {
    const locked = 'SFATAL\0c0\0MThe account has been locked.\0C28000\0dBACKEND\0\0';
    const verdict = Buffer.concat([backendMessage('E', Buffer.from(locked)), backendMessage('Z', Buffer.from('I'))]);
    const endpoint = await endpointOf({ challenge: backendMessage('R', WITH_HASH[0]!.challenge), verdict });
    await expect(connectOpenGauss(endpoint)).rejects.toMatchObject({
      code: 'SOURCE_AUTH',
      retry: 'never',
      message: expect.stringContaining('The account has been locked.'),
      hint: expect.stringContaining('ACCOUNT UNLOCK'),
    });
    expect([server!.received.length, server!.logins]).toEqual([2, 1]);
  });
});

describe('an openGauss login over TLS', () => {
  const { challenge, user } = WITH_HASH[0]!;
  const script = { challenge: backendMessage('R', challenge), verdict: WELCOME, tls: true };
  const login = async (host: string, tls: TlsOptions) =>
    connectOpenGauss(await endpointOf(script, { host, tls, username: user }));

  it.each<[string, string, TlsOptions]>([
    ['an unknown certificate, unless it is verified', '127.0.0.1', { mode: 'require' }],
    ['its CA and name', '127.0.0.1', { mode: 'verify-full', ca: CERTIFICATE }],
    ['its CA, whatever the name', 'localhost', { mode: 'verify-ca', ca: CERTIFICATE }],
  ])('takes %s', async (_what, host, tls) => {
    await closeClient(await login(host, tls));
    expect(server!.received.length).toBeGreaterThan(1);
  });

  it.each<[string, string, TlsOptions]>([
    ['an unknown CA', '127.0.0.1', { mode: 'verify-full' }],
    ['an unknown CA', '127.0.0.1', { mode: 'verify-ca' }],
    ['another name', 'localhost', { mode: 'verify-full', ca: CERTIFICATE }],
  ])('fails at %s before anything is told', async (_what, host, tls) => {
    await expect(login(host, tls)).rejects.toMatchObject({ code: 'SOURCE_TLS' });
    expect(server!.received).toEqual([]);
  });

  it('fails where the server has no TLS', async () => {
    const endpoint = await endpointOf({ challenge: WELCOME }, { tls: { mode: 'require' } });
    await expect(connectOpenGauss(endpoint)).rejects.toMatchObject({ code: 'SOURCE_TLS' });
  });
});

describe('a PostgreSQL login at an openGauss server', () => {
  it.each([10, 13].flatMap((code) => WITH_HASH.filter(({ challenge }) => challenge.readUInt32BE(0) === code)))(
    'tells the dialect: $name',
    async ({ challenge }) => {
      const endpoint = await endpointOf({ challenge: backendMessage('R', challenge) });
      await expect(connect(endpoint)).rejects.toMatchObject({ code: 'DIALECT_MISMATCH' });
      expect(server!.received.length).toBe(1);
    },
  );

  it.each([11, 12, 14])('tells the dialect by code %i', async (code) => {
    const endpoint = await endpointOf({ challenge: request(code, '0'.repeat(64)) });
    await expect(connect(endpoint)).rejects.toMatchObject({ code: 'DIALECT_MISMATCH' });
  });

  it('goes on with SASL', async () => {
    const endpoint = await endpointOf({ challenge: request(10, 'SCRAM-SHA-256\0\0'), verdict: request(99) });
    await expect(connect(endpoint)).rejects.toMatchObject({ code: 'SOURCE_QUERY' });
    expect(Buffer.from(server!.received[1]!, 'hex').toString('latin1')).toContain('SCRAM-SHA-256');
  });
});
