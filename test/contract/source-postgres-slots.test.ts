import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfig, withClient } from '../../src/source/postgres/client.ts';
import { openSlotAdmin } from '../../src/source/postgres/slot-admin.ts';
import { createSlot } from '../../src/source/postgres/slots.ts';
import type { SlotAdmin } from '../../src/source/source.ts';
import { openFixture, type SourceFixture, uniqueName } from './source-postgres-fixture.ts';

let fixture: SourceFixture;
let slots: SlotAdmin;

beforeAll(async () => {
  fixture = await openFixture();
  await fixture.admin.query(`
    create table t (id int8 primary key);
    create schema "My Schema"; create table "My Schema"."a""b" (id int8 primary key);
    create table parts (id int8, primary key (id)) partition by hash (id);
    create table parts_0 partition of parts for values with (modulus 1, remainder 0);`);
  slots = await openSlotAdmin(fixture.endpoint());
});

afterAll(async () => {
  await slots?.close();
  await fixture?.[Symbol.asyncDispose]();
});

/** Reads the slot like a foreign client would; resolves when the server has started the stream. */
async function holdSlot(slot: string): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(fixture.endpoint(), { replication: true }));
  client.on('error', () => undefined);
  await client.connect();
  const streaming = new Promise<void>((resolve) => {
    client.connection.once('replicationStart', () => resolve());
  });
  const options = `(proto_version '1', publication_names 'none')`;
  client.query(`START_REPLICATION SLOT ${slot} LOGICAL 0/0 ${options}`).catch(() => undefined);
  await streaming;
  return client;
}

describe('SlotAdmin of PostgreSQL: slots', () => {
  it('creates, shows and drops a slot', async () => {
    const slot = uniqueName('slot');
    const lsn = await slots.create(slot, 'pgoutput');
    const info = await slots.find(slot);
    expect(info).toMatchObject({ slot, plugin: 'pgoutput', slotType: 'logical', active: false, pid: null });
    expect(info?.database).toBe(fixture.database.name);
    expect(info?.confirmedLsn).toBe(lsn);
    expect(info?.retainedWalBytes).toBeGreaterThanOrEqual(0);
    expect((await slots.list()).map((one) => one.slot)).toContain(slot);
    expect(await slots.drop(slot)).toBe(true);
    expect(await slots.drop(slot)).toBe(false);
    expect(await slots.find(slot)).toBeNull();
  });

  it('says that a slot exists', async () => {
    const slot = uniqueName('slot');
    await slots.create(slot, 'pgoutput');
    await expect(slots.create(slot, 'pgoutput')).rejects.toMatchObject({ code: 'SLOT_EXISTS' });
    await slots.drop(slot);
  });

  it('refuses to drop a slot in use, names the session and ends it on request', async () => {
    const slot = uniqueName('slot');
    await slots.create(slot, 'pgoutput');
    const holder = await holdSlot(slot);
    const pid = (await slots.find(slot))?.pid;
    await expect(slots.drop(slot)).rejects.toMatchObject({
      code: 'SLOT_IN_USE',
      data: { pid },
      sql: expect.arrayContaining([`SELECT pg_drop_replication_slot('${slot}');`]),
    });
    expect(await slots.terminateHolder(slot, 10_000)).toBe(pid);
    expect(await slots.terminateHolder(slot, 10_000)).toBeNull();
    expect(await slots.drop(slot)).toBe(true);
    holder.connection.stream.destroy();
  });

  it('names the transactions that keep a slot from being created', async () => {
    const writer = await fixture.database.connect();
    await writer.query('begin; insert into t values (1)');
    const { rows } = await writer.query<{ pid: number }>('select pg_backend_pid() as pid');
    const blocked = withClient(fixture.endpoint(), (client) => createSlot(client, uniqueName('slot'), 'pgoutput', 300));
    await expect(blocked).rejects.toMatchObject({
      code: 'SLOT_BLOCKED',
      sql: expect.arrayContaining([`SELECT pg_terminate_backend(${rows[0]!.pid});`]),
    });
    await writer.query('rollback');
  });

  it('says what a role without REPLICATION lacks', async () => {
    const weak = await openSlotAdmin(fixture.endpoint(await fixture.createRole()));
    await expect(weak.create(uniqueName('slot'), 'pgoutput')).rejects.toMatchObject({ code: 'SOURCE_PERMISSION' });
    await weak.close();
  });

  it('tells a missing slot from a missing publication when a stream starts', async () => {
    const client = new pg.Client(clientConfig(fixture.endpoint(), { replication: true }));
    client.on('error', () => undefined);
    await client.connect();
    const start = client.query(
      `START_REPLICATION SLOT nothing_here LOGICAL 0/0 (proto_version '1', publication_names 'p')`,
    );
    await expect(start).rejects.toMatchObject({ code: '42704', routine: 'ReplicationSlotAcquire' });
    await client.end();
  });
});

describe('SlotAdmin of PostgreSQL: publications', () => {
  it('creates one with exactly the tables given, partitions under their root', async () => {
    const name = `${uniqueName('pub')} "x"`;
    await slots.createPublication(name, [
      { schema: 'My Schema', table: 'a"b' },
      { schema: 'public', table: 'parts' },
    ]);
    const { rows } = await fixture.admin.query(
      `select t.schemaname || '.' || t.tablename as name, p.puballtables as all from pg_publication p
       join pg_publication_tables t using (pubname) where pubname = $1 order by 1`,
      [name],
    );
    expect(rows).toEqual([
      { name: 'My Schema.a"b', all: false },
      { name: 'public.parts', all: false },
    ]);
    expect(await slots.publicationExists(name)).toBe(true);
    expect(await slots.dropPublication(name)).toBe(true);
    expect(await slots.dropPublication(name)).toBe(false);
    expect(await slots.publicationExists(name)).toBe(false);
  });

  it('never creates one without tables', async () => {
    await expect(slots.createPublication(uniqueName('pub'), [])).rejects.toMatchObject({ code: 'OBJECTS_EMPTY' });
  });

  it('says that the role may not create one', async () => {
    const weak = await openSlotAdmin(fixture.endpoint(await fixture.createRole()));
    const tables = [{ schema: 'public', table: 't' }];
    await expect(weak.createPublication(uniqueName('pub'), tables)).rejects.toMatchObject({
      code: 'SOURCE_PERMISSION',
    });
    await weak.close();
  });
});
