import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { connectOpenGauss } from '../../src/source/opengauss/client.ts';
import { closeClient } from '../../src/source/session-client.ts';
import type { HbaMethod } from './fake-opengauss/auth.ts';
import {
  md5Response,
  md5Sha256Response,
  provesKey,
  type StorageMethod,
  storePassword,
} from './fake-opengauss/password.ts';
import { errorFields, RawClient } from './fake-opengauss/raw-client.ts';
import { ADMIN, FakeOpenGauss } from './fake-opengauss/server.ts';
import type { FakeOptions } from './fake-opengauss/state.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const DENIED = { S: 'FATAL', c: '0', M: 'Invalid username/password,login denied.', C: '28P01', d: 'BACKEND' };
/** The users of the recordings. */
const STORED: Readonly<Record<string, StorageMethod>> = { u0: 'md5', u1: 'sha256+md5', u2: 'sha256', u3: 'sm3' };

interface Exchanges {
  readonly exchanges: readonly {
    readonly hba: HbaMethod;
    readonly user: string;
    readonly protocol: string;
    readonly challengeLengthField: number;
    readonly result: 'ok' | 'failed';
    readonly exchange: readonly { readonly type: string; readonly hex: string }[];
  }[];
}

const FILES = ['hba-sha256', 'hba-md5', 'hba-sm3'];
const recorded = FILES.flatMap((file) => read<Exchanges>(`auth/${file}`).exchanges);
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('logging in to the fake openGauss', () => {
  it.each(recorded.map((one) => [one.hba, one.user, one.protocol, one] as const))(
    'is asked for a password as recorded: hba %s, user %s, protocol %s',
    async (hba, user, protocol, { challengeLengthField, exchange }) => {
      const roles = STORED[user] ? [{ ...ADMIN, name: user, stored: STORED[user] }] : [];
      const client = await connect(await listen({ roles, hba }));
      client.startup(Number(protocol.split('.')[1]), { user, database: 'shop' });
      const { body } = await client.next('R');
      const challenge = Buffer.from(exchange.find(({ type }) => type === 'R')!.hex, 'hex');
      expect([body.readUInt32BE(0), body.length + 4]).toEqual([challenge.readUInt32BE(0), challengeLengthField]);
    },
  );

  // The recorded accounts with SM3 were locked, but in the file of its own.
  const judged = [
    ...recorded.filter(({ user }) => user !== 'u3'),
    ...read<Exchanges>('auth/sm3-and-code-11').exchanges,
  ];
  it.each(judged.filter(({ user }) => user in STORED).map((one, i) => [i, one.user, one.result, one] as const))(
    'judges recorded answer %i as the server did: %s %s',
    (_i, user, result, { exchange }) => {
      const challenge = Buffer.from(exchange.find(({ type }) => type === 'R')!.hex, 'hex');
      const answer = Buffer.from(exchange.find(({ type }) => type === 'p')!.hex, 'hex')
        .toString('latin1')
        .slice(0, -1);
      const login = { user, password: 'Gauss@123' };
      expect(isRight(STORED[user]!, login, challenge, answer)).toBe(result === 'ok');
    },
  );

  it('counts wrong passwords and locks at the eleventh, the right one too; a missing role is never locked', async () => {
    const server = await listen();
    for (let failures = 1; failures <= 10; failures++) {
      expect(await loginError(server, ADMIN.name, 'wrong')).toEqual(DENIED);
      expect(server.failedLogins(ADMIN.name)).toBe(failures);
    }
    const locked = { ...DENIED, M: 'The account has been locked.', C: '28000' };
    expect(await loginError(server, ADMIN.name, ADMIN.password)).toEqual(locked);
    for (let i = 0; i < 11; i++) expect(await loginError(server, 'nobody', 'wrong')).toEqual(DENIED);
  });

  it('forgets failures at the right password', async () => {
    const server = await listen();
    await loginError(server, ADMIN.name, 'wrong');
    expect(await loginError(server, ADMIN.name, ADMIN.password)).toBeNull();
    expect(server.failedLogins(ADMIN.name)).toBe(0);
  });

  it('takes the bytes of a password message exactly', async () => {
    const server = await listen();
    const client = await connect(server);
    client.startup(51, { user: ADMIN.name, database: 'shop' });
    await client.next('R');
    client.message('p', Buffer.from('ab'.repeat(32)));
    expect(errorFields(await client.next('E'))).toEqual(DENIED);
  });

  const REFUSED: readonly [why: string, options: FakeOptions, parameters: Record<string, string>, expected: object][] =
    [
      [
        'an unknown database',
        {},
        { database: 'nodb' },
        { C: '3D000', c: '11898', M: 'database "nodb" does not exist' },
      ],
      [
        'a setting of PostgreSQL',
        {},
        { lock_timeout: '0' },
        { C: '42704', M: 'unrecognized configuration parameter "lock_timeout"' },
      ],
      ['the same in options', {}, { options: '-c idle_in_transaction_session_timeout=0' }, { C: '42704' }],
      ['no line in pg_hba.conf', { allowsReplication: false }, { replication: 'database' }, { C: '28000' }],
      [
        'the SQL port under a thread pool',
        { settings: { enable_thread_pool: 'on' } },
        { replication: 'database' },
        { C: '22023', M: 'replication should connect HA port in thread_pool' },
      ],
      [
        'a role that may not',
        { roles: [{ name: ADMIN.name, password: ADMIN.password }] },
        { replication: 'database' },
        { C: '42501' },
      ],
      ['a rejecting line', { hba: 'reject' }, {}, { C: '28000' }],
    ];
  it.each(REFUSED)('refuses %s, FATAL and without ReadyForQuery', async (_why, options, parameters, expected) => {
    const client = await connect(await listen(options));
    await client.login(ADMIN.name, ADMIN.password, { database: 'shop', ...parameters });
    await client.closed();
    expect(client.messages).toEqual([]);
    expect(errorFields(client.lastError!)).toMatchObject({ S: 'FATAL', ...expected });
  });

  it('keeps ordinary sessions off the HA port and takes replication there', async () => {
    const server = await listen({ hasHaPort: true, settings: { enable_thread_pool: 'on' } });
    const sql = await connect(server, server.haPort);
    await sql.login(ADMIN.name, ADMIN.password, { database: 'shop' });
    expect(errorFields(sql.lastError!)).toMatchObject({ C: '57P03' });
    const replication = await connect(server, server.haPort);
    await replication.login(ADMIN.name, ADMIN.password, { database: 'shop', replication: 'database' });
    expect(replication.lastError).toBeNull();
  });

  const first = read<{ cases: { case: string; sent?: string; received: string }[] }>('auth/tls-off').cases;
  it.each(first.flatMap(({ case: name, sent, received }) => (sent ? [[name, sent, received] as const] : [])))(
    'answers the first packet as recorded: %s',
    async (_name, sent, received) => {
      const client = await connect(await listen());
      client.send(Buffer.from(sent, 'hex'));
      expect(await client.bytes(received.length / 2)).toBe(received);
    },
  );
});

describe('clients of the fake openGauss', () => {
  it('stock pg logs in by MD5 and runs statements, the extended protocol too', async () => {
    const server = await listen({ roles: [{ ...ADMIN, stored: 'md5' }] });
    const client = new pg.Client({ port: server.port, user: ADMIN.name, password: ADMIN.password, database: 'shop' });
    await client.connect();
    cleanups.push(() => client.end());
    expect((await client.query('select 1')).rows).toEqual([{ '?column?': 1 }]);
    server.answer({
      matches: /^select \$1$/,
      answer: ({ parameters }) => ({ columns: [{ name: 'v', typeOid: 25 }], rows: [parameters], tag: 'SELECT 1' }),
    });
    expect((await client.query('select $1', ["it's"])).rows).toEqual([{ v: "it's" }]);
    await expect(client.query('select no answer')).rejects.toMatchObject({ code: '42601', severity: 'ERROR' });
    expect(server.state.unanswered).toEqual(['select no answer']);
  });

  it.each(['sha256', 'sm3', 'sha256+md5'] as const)('ours logs in with a password stored as %s', async (stored) => {
    const hba = stored === 'sm3' ? 'sm3' : 'sha256';
    const server = await listen({ roles: [{ ...ADMIN, stored, hba }] });
    const client = await connectOpenGauss(server.endpoint());
    cleanups.push(() => closeClient(client));
    expect((await client.query('show logical_sender_timeout')).rows).toEqual([{ logical_sender_timeout: '30s' }]);
  });

  it('ours logs in over TLS', async () => {
    const [key, cert] = ['key', 'cert'].map((name) => readFileSync(join(FIXTURES, 'tls', `${name}.pem`), 'utf8'));
    const server = await listen({ tls: { key: key!, cert: cert! } });
    const client = await connectOpenGauss(server.endpoint({ tls: { mode: 'verify-ca', ca: cert! } }));
    cleanups.push(() => closeClient(client));
    expect((await client.query('select current_user')).rows).toEqual([{ current_user: ADMIN.name }]);
  });
});

/** Our reading of a recorded challenge: salt and token behind code and method; MD5's salt at the end. */
function isRight(method: StorageMethod, login: { user: string; password: string }, challenge: Buffer, answer: string) {
  const code = challenge.readUInt32BE(0);
  const salt =
    code === 5
      ? Buffer.alloc(32)
      : Buffer.from(challenge.toString('latin1', code === 11 ? 4 : 8, code === 11 ? 68 : 72), 'hex');
  const stored = storePassword(method, login, salt, 10_000);
  if (code === 5) return answer === md5Response(stored, challenge.subarray(4));
  if (code === 11) return answer === md5Sha256Response(stored, challenge.subarray(68));
  return provesKey(stored, Buffer.from(challenge.toString('latin1', 72, 80), 'hex'), answer);
}

async function loginError(server: FakeOpenGauss, user: string, password: string) {
  const client = await connect(server);
  await client.login(user, password, { database: 'shop' });
  client.close();
  return client.lastError && errorFields(client.lastError);
}

async function listen(options: FakeOptions = {}): Promise<FakeOpenGauss> {
  const server = await FakeOpenGauss.listen(options);
  cleanups.push(() => server.close());
  return server;
}

async function connect(server: FakeOpenGauss, port = server.port): Promise<RawClient> {
  const client = await RawClient.connect(port);
  cleanups.push(() => client.close());
  return client;
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(FIXTURES, 'opengauss', `${name}.json`), 'utf8')) as T;
}
