import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfig } from '../../src/source/postgres/client.ts';
import { openFixture, type SourceFixture, uniqueName } from './source-postgres-fixture.ts';

/** Body of an XLogData message: 'w', three int64, then pgoutput (docs, Streaming Replication Protocol). */
const XLOG_DATA = 0x77;
const BODY = 25;
const INSERT = 0x49;

let fixture: SourceFixture;
const slot = uniqueName('slot');

beforeAll(async () => {
  fixture = await openFixture();
});

afterAll(async () => {
  await fixture?.[Symbol.asyncDispose]();
});

/** The first insert that pgoutput sends to a session of `role`, as text. */
async function firstInsert(role: string, publication: string): Promise<string> {
  const client = new pg.Client(clientConfig(fixture.endpoint(role), { replication: true }));
  client.on('error', () => undefined);
  await client.connect();
  const insert = new Promise<string>((resolve) => {
    client.connection.on('copyData', ({ chunk }: { chunk: Buffer }) => {
      if (chunk[0] === XLOG_DATA && chunk[BODY] === INSERT) resolve(chunk.toString('utf8', BODY));
    });
  });
  const options = `(proto_version '1', publication_names '${publication}')`;
  client.query(`START_REPLICATION SLOT ${slot} LOGICAL 0/0 ${options}`).catch(() => undefined);
  const text = await insert;
  client.connection.stream.destroy();
  return text;
}

describe('cells of a stream', () => {
  it('are printed under the contract settings whatever role and database say', async () => {
    const { admin } = fixture;
    const role = await fixture.createRole('replication');
    const settings = [
      `datestyle = 'SQL, DMY'`,
      `timezone = 'Asia/Tokyo'`,
      `intervalstyle = 'iso_8601'`,
      `bytea_output = 'escape'`,
      'extra_float_digits = 0',
      `client_encoding = 'LATIN1'`,
    ];
    for (const setting of settings) await admin.query(`alter role ${role} set ${setting}`);
    await admin.query(`
      create table cells (d date, t timestamptz, i interval, b bytea, f float8, s text);
      grant select on cells to ${role};
      create publication cells for table cells`);
    await admin.query(`select pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
    await admin.query(
      String.raw`insert into cells values ('2024-02-03', '2024-02-03 10:00:00.5+00', '1 day 02:00', '\xdeadbeef', 0.1::float8 + 0.2, 'é€')`,
    );
    const text = await firstInsert(role, 'cells');
    const cells = [
      '2024-02-03',
      '2024-02-03 10:00:00.5+00',
      '1 day 02:00:00',
      '\\xdeadbeef',
      '0.30000000000000004',
      'é€',
    ];
    for (const cell of cells) expect(text).toContain(cell);
  });
});
