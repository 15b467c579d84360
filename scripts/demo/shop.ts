import pg from 'pg';
import type { PostgresServer } from '../services/postgres.ts';

const SCHEMA = `
  create table customers (id bigint primary key, name text not null, email text, created timestamptz not null default now());
  create table orders (customer bigint not null, number int not null, total numeric(12,2), note text, primary key (customer, number));
  alter table customers replica identity full;
  alter table orders replica identity full;`;

const TRANSACTIONS: readonly (readonly string[])[] = [
  ["insert into customers (id, name, email) values (1, 'Zoë Müller', 'zoe@example.org'), (2, '王伟', null)"],
  [
    "insert into orders values (1, 1, 19.90, 'first'), (1, 2, 250.00, null)",
    'update customers set email = null where id = 1',
  ],
  ['update orders set total = 240.00 where customer = 1 and number = 2'],
  [
    'delete from orders where customer = 1 and number = 1',
    'insert into orders values (2, 1, 0.01, \'a "quoted" note\')',
  ],
  ['delete from customers where id = 2'],
];

/** Creates the demo's database and tables; returns a session in it. */
export async function createShop(server: PostgresServer): Promise<pg.Client> {
  const login = { host: server.host, port: server.port, user: server.superuser, password: server.password };
  const admin = new pg.Client({ ...login, database: 'postgres' });
  await admin.connect();
  await admin.query('create database shop');
  await admin.end();
  const shop = new pg.Client({ ...login, database: 'shop' });
  await shop.connect();
  await shop.query(SCHEMA);
  return shop;
}

/** Writes the demo's transactions; returns how many row changes they made. */
export async function writeChanges(shop: pg.Client): Promise<number> {
  let changes = 0;
  for (const statements of TRANSACTIONS) {
    await shop.query('begin');
    for (const sql of statements) changes += (await shop.query(sql)).rowCount ?? 0;
    await shop.query('commit');
  }
  return changes;
}

/** The task that captures the shop. */
export function shopTask(server: PostgresServer, bootstrap: string): unknown {
  return {
    name: 'demo-shop',
    source: {
      dialect: 'postgres',
      host: server.host,
      port: server.port,
      database: 'shop',
      username: server.superuser,
      password: server.password,
    },
    objects: { include: ['public.*'] },
    target: { type: 'kafka', brokers: [bootstrap] },
  };
}
