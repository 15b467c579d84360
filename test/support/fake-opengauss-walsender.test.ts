import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { errorFields, RawClient } from './fake-opengauss/raw-client.ts';
import { ADMIN, FakeOpenGauss } from './fake-opengauss/server.ts';
import type { FakeOptions } from './fake-opengauss/state.ts';

const ERRORS = join(import.meta.dirname, '../fixtures/opengauss/errors/replication-commands.json');

interface ErrorCase {
  readonly situation: string;
  readonly command: string | null;
  readonly via: string;
  readonly error: Record<string, string> | null;
  readonly errorAfterCopyBoth?: boolean;
}

const { cases } = JSON.parse(readFileSync(ERRORS, 'utf8')) as { cases: ErrorCase[] };
const refused = cases.filter(({ via, command, error }) => via === 'replication connection' && command && error);

let server: FakeOpenGauss;
const clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.close();
});

async function listen(options: FakeOptions = {}): Promise<void> {
  server = await FakeOpenGauss.listen(options);
  createSlot('s');
}

function createSlot(name: string, database = 'shop'): void {
  server.state.slots.create(name, 'mppdb_decoding', database, 8, server.state.wal.end, 13_000n);
}

async function replication(): Promise<RawClient> {
  const client = await RawClient.replication(server.port, ADMIN);
  clients.push(client);
  return client;
}

describe('the walsender of the fake openGauss', () => {
  it.each(
    refused
      .filter(({ command }) => !command!.startsWith('select'))
      .map((one) => [one.situation, one.command!, one] as const),
  )('refuses as recorded: %s, %s', async (situation, command, { error, errorAfterCopyBoth = false }) => {
    await listen(situation.startsWith('wal_level') ? { settings: { wal_level: 'hot_standby' } } : {});
    createSlot('e_a');
    createSlot('e_pg', 'postgres');
    if (situation === 'existing slot') createSlot('e_b');
    if (situation.startsWith('active')) server.state.slots.find('e_a')!.isActive = true;
    const client = await replication();
    client.query(command);
    await client.closed();
    const types = client.messages.map(({ type }) => type).filter((type) => type !== 'd');
    expect(types).toEqual(errorAfterCopyBoth ? ['W', 'E', 'Z'] : ['E', 'Z']);
    expect(Object.entries(errorFields(client.lastError!))).toEqual(Object.entries(error!));
  });

  it('is ended by a status that is not the 65-byte struct', async () => {
    await listen();
    const client = await replication();
    client.query('START_REPLICATION SLOT "s" LOGICAL 0/0');
    await client.next('W');
    client.message('d', Buffer.concat([Buffer.from('r'), Buffer.alloc(33)]));
    await client.closed();
    expect(errorFields(client.lastError!)).toMatchObject({
      S: 'FATAL',
      C: '08P01',
      M: 'insufficient data left in message',
    });
  });

  it('ignores Parse, and is ended by what follows it', async () => {
    await listen();
    const client = await replication();
    client.message('P', Buffer.from('\0select 1\0\0\0'));
    client.query('IDENTIFY_VERSION');
    expect((await client.next('T', 'D', 'E')).type).toBe('T');
    client.message('S', Buffer.alloc(0));
    await client.closed();
    expect(errorFields(client.lastError!)).toMatchObject({
      C: '08P01',
      M: 'invalid standby handshake message type 83',
    });
  });

  it('answers DROP_REPLICATION_SLOT by two CommandComplete', async () => {
    await listen();
    const client = await replication();
    client.query('DROP_REPLICATION_SLOT "s"');
    const tags = [await client.next('C'), await client.next('C')].map(({ body }) => body.toString('latin1'));
    expect(tags).toEqual(['DROP_REPLICATION_SLOT\0', 'SELECT\0']);
    await client.next('Z');
    expect(server.state.slots.all).toEqual([]);
  });
});
