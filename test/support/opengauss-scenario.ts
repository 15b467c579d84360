import type { DecodingOptions } from '../../src/domain/decoding.ts';
import type { ApiClient } from './api-client.ts';
import { lsnNumber } from './caught-up.ts';
import { ADMIN, FakeOpenGauss } from './fake-opengauss/server.ts';
import type { FakeOptions } from './fake-opengauss/state.ts';
import { eventually } from './poll.ts';
import { freshTopicPrefix } from './servers.ts';
import { Service, type ServiceOptions } from './service.ts';
import { fixedTopic, merge, taskSpec } from './task-spec.ts';

type Members = Record<string, unknown>;

/** Every way to decode, under the name that the recordings give it. */
export const GAUSS_FORMATS: Readonly<Record<string, DecodingOptions>> = {
  'parallel-binary-batch': {},
  'parallel-binary': { style: 'binary', batch: false },
  'parallel-json-batch': { style: 'json', batch: true },
  'parallel-json': { style: 'json', batch: false },
  'parallel-text-batch': { style: 'text', batch: true },
  'parallel-text': { style: 'text', batch: false },
  serial: { mode: 'serial' },
  pgoutput: { plugin: 'pgoutput' },
};

/** A fake openGauss and a service: what the tests of the dialect start from. */
export class GaussScenario implements AsyncDisposable {
  readonly server: FakeOpenGauss;
  readonly service: Service;
  /** Every record of a task of `spec` comes here, in the order of the source: it has one partition. */
  readonly topic: string;

  constructor(server: FakeOpenGauss, service: Service, topic: string) {
    this.server = server;
    this.service = service;
    this.topic = topic;
  }

  get api(): ApiClient {
    return this.service.api;
  }

  /** Captures `include` of the fake server into `topic`; `changes` are merged in, member by member. */
  spec(include: readonly string[], changes: Members = {}): Members {
    const { state, port } = this.server;
    const { name: user, password } = ADMIN;
    const login = { host: '127.0.0.1', port, user, password, database: state.database };
    const own = taskSpec(login, include, { source: { dialect: 'opengauss' }, routing: fixedTopic(this.topic, 1) });
    return merge(own, changes);
  }

  /** Waits until Kafka has the last transaction that is committed, or `last`. */
  async caughtUp(id: string, last = this.server.state.wal.transactions.at(-1)!): Promise<void> {
    await eventually(`task ${id} to have published transaction ${last.xid}`, async () => {
      const { streams, state } = await this.api.progress(id);
      if (state.endsWith('FAILED')) throw new Error(`it is ${state}: ${JSON.stringify(await this.api.get(id))}`);
      // Styles without positions of records show where a commit record starts, not where it ends.
      return streams.some(({ acknowledgedLsn: lsn }) => lsn !== null && lsnNumber(lsn) > last.commitStart);
    });
  }

  /** First the service: as long as it runs it opens sessions on the server. Throws if it did what no client may do. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
    await this.server.close();
    const { unanswered, violations } = this.server.state;
    const faults = [...unanswered.map((sql) => `the fake server knows no answer to: ${sql}`), ...violations];
    if (faults.length > 0) throw new Error(faults.join('\n'));
  }
}

export async function startGaussScenario(
  prefix: string,
  options: { server?: FakeOptions; service?: ServiceOptions } = {},
): Promise<GaussScenario> {
  const server = await FakeOpenGauss.listen(options.server);
  try {
    return new GaussScenario(server, await Service.start(options.service), freshTopicPrefix(prefix));
  } catch (error) {
    await server.close();
    throw error;
  }
}
