import { expect } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import type { SourceEndpoint } from '../../src/domain/endpoints.ts';
import { formatLsn, type Lsn, toLsn } from '../../src/domain/lsn.ts';
import type { Relation } from '../../src/domain/relation.ts';
import { postgresProtocol } from '../../src/source/postgres/stream-protocol.ts';
import { openStream } from '../../src/source/session.ts';
import type { SourceStream, StreamHandler, StreamRequest } from '../../src/source/source.ts';
import { FakeWalsender, type FakeWalsenderOptions } from './fake-walsender.ts';
import { StepClock } from './step-clock.ts';
import { Story } from './story.ts';

export const START = toLsn(0x1_0000n);
export const TABLE = { oid: 7, table: 't', columns: [{ name: 'id' }] };

/** Keeps what the stream tells, as short texts too; `until` waits for more of it. */
export class Listener extends Story implements StreamHandler {
  readonly heard: string[] = [];
  idles = 0;
  onHeard: (text: string) => void = () => undefined;
  #waiters: (() => void)[] = [];

  override change(change: Change): void {
    super.change(change);
    this.#hear(`${change.op} ${this.changes.at(-1)!.after?.[0]}`);
  }

  override relation(relation: Relation): void {
    super.relation(relation);
    this.#hear('relation');
  }

  override commit(endLsn: Lsn): void {
    super.commit(endLsn);
    this.#hear(`commit ${formatLsn(endLsn)}`);
  }

  keepalive(serverLsn: Lsn): void {
    this.#hear(`keepalive ${formatLsn(serverLsn)}`);
  }

  notice(): void {}

  idle(): void {
    this.idles++;
    this.#wake();
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #hear(text: string): void {
    this.heard.push(text);
    this.onHeard(text);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

interface Setup {
  readonly server: FakeWalsender;
  readonly stream: SourceStream;
  readonly listener: Listener;
  readonly clock: StepClock;
}

const servers: FakeWalsender[] = [];
/** The streams to close after the test. */
export const streams: SourceStream[] = [];

export async function listen(options: FakeWalsenderOptions = {}): Promise<FakeWalsender> {
  const server = await FakeWalsender.listen(options);
  servers.push(server);
  return server;
}

/** What a task asks for; the rest of a request is the dialect's defaults. */
export function streamRequest(endpoint: SourceEndpoint): StreamRequest {
  const heartbeat = { schema: 'public', create: false, intervalMs: 10_000 };
  return { endpoint, slot: 'gc_slot', publication: 'gc_pub', tables: null, startLsn: START, decoding: {}, heartbeat };
}

export function open(
  server: FakeWalsender,
  listener = new Listener(),
  clock = new StepClock(),
  publication = 'gc_pub',
) {
  const endpoint = {
    dialect: 'postgres',
    host: '127.0.0.1',
    port: server.port,
    database: 'db',
    username: 'u',
    password: 'right',
  } as const;
  const request = { ...streamRequest(endpoint), publication };
  return openStream(request, listener, postgresProtocol(request), { now: clock.now, setTimer: clock.setTimer });
}

export async function setUp(options: FakeWalsenderOptions = {}): Promise<Setup> {
  const server = await listen(options);
  const listener = new Listener();
  const clock = new StepClock();
  const stream = await open(server, listener, clock);
  streams.push(stream);
  return { server, stream, listener, clock };
}

/** Waits until the server has `count` statuses and returns the last. */
export async function status(server: FakeWalsender, count: number) {
  await server.until(() => server.statuses.length >= count);
  return server.statuses.at(-1)!;
}

/** After each test: no server saw a wrong message, and nothing stays open. */
export async function closeAll(): Promise<void> {
  for (const server of servers) expect(server.violations).toEqual([]);
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await Promise.all(streams.splice(0).map((stream) => stream.close()));
}
