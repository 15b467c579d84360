import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { FakeOpenGauss } from './fake-opengauss/server.ts';
import type { FakeOptions } from './fake-opengauss/state.ts';
import { GaussScenario } from './opengauss-scenario.ts';
import { freshTopicPrefix } from './servers.ts';
import { Service } from './service.ts';

/** Makes scenarios: a fake server each, all of them over the one service of the file. */
export type GaussScenarios = (options?: FakeOptions) => Promise<GaussScenario>;

/**
 * Call once at the top of a file. After each test its tasks are deleted, and its servers must have been asked nothing that
 * they do not know and have been done nothing that no client may do.
 */
export function gaussScenarios(prefix: string): GaussScenarios {
  let service: Service;
  const servers: FakeOpenGauss[] = [];

  beforeAll(async () => {
    service = await Service.start();
  });

  afterEach(async () => {
    // A test that failed may have left it down.
    if (!service.isRunning) await service.restart();
    await deleteTasks(service);
    const left = servers.splice(0);
    await Promise.all(left.map((server) => server.close()));
    const faults = left.map(({ state: { unanswered, violations } }) => [unanswered, violations]);
    expect(faults).toEqual(left.map(() => [[], []]));
  });

  afterAll(() => service?.[Symbol.asyncDispose]());

  return async (options) => {
    const server = await FakeOpenGauss.listen(options);
    servers.push(server);
    return new GaussScenario(server, service, freshTopicPrefix(prefix));
  };
}

async function deleteTasks({ api }: Service): Promise<void> {
  for (const { id } of (await api.list('?limit=100')).items) {
    await api.request('DELETE', `/tasks/${id}?force=true&abandonSlot=true`);
  }
}
