import { CdcError, type ErrorCode } from '../../src/domain/errors.ts';
import { openStore } from '../../src/store/sqlite/open-store.ts';
import type { Store, StoredTask } from '../../src/store/store.ts';
import { generatedSlotName } from '../../src/task/names.ts';
import { parseSpec } from '../../src/task/spec.ts';
import { Supervisor } from '../../src/task/supervisor.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { FakeRunners } from './fake-runner.ts';
import { FakeSource } from './fake-source-driver.ts';
import { CREATED, type NewTask, newTask, temporaryDir } from './store-fixtures.ts';
import { FakeLogger, userSpec } from './task-fixtures.ts';

export const ID = 'abcdefghijkl';
let dir: ReturnType<typeof temporaryDir>;
export let store: Store;
export let clock: FakeClock;
export let runners: FakeRunners;
export let source: FakeSource;
export let logger: FakeLogger;
export let supervisor: Supervisor;

/** Before each test: a supervisor with a store of its own over fakes; what is exported above is new. */
export function setUp(): void {
  dir = temporaryDir();
  clock = new FakeClock();
  store = openStore(dir.path, { now: clock.now, lockWaitMs: 0 });
  runners = new FakeRunners();
  source = new FakeSource();
  logger = new FakeLogger();
  supervisor = newSupervisor();
}

export function tearDown(): void {
  store.close();
  dir.remove();
}

function newSupervisor(): Supervisor {
  return new Supervisor({
    store,
    createRunner: runners.create,
    sourceDriver: () => source,
    now: clock.now,
    setTimer: clock.setTimer,
    random: () => 1,
    logger,
    drainTimeoutMs: 60_000,
  });
}

export function putTask(overrides: Partial<NewTask>): void {
  const spec = parseSpec(userSpec({ retry: { maxAttempts: 2, initialDelayMs: 1000, maxDelayMs: 8000 } }));
  store.createTask(
    newTask(ID, { name: 'orders', spec: JSON.stringify(spec), desired: 'running', ...overrides }),
    CREATED,
  );
}

export const task = (): StoredTask => store.findTask(ID)!;
export const slot = () => generatedSlotName(store.installationId, ID);
export const codes = () => store.listEvents(ID, 0, 1000).items.map((event) => event.code);
export const fail = (code: ErrorCode) =>
  runners.last.end({ kind: 'failed', error: new CdcError(code, `${code} happened`) });

export async function startStreaming(): Promise<void> {
  putTask({ state: 'STARTING' });
  supervisor.kick(ID);
  runners.last.hooks.streaming();
  await settle();
}

/** Stores a stop as the service does. */
export function requestStop(overrides: Partial<NonNullable<StoredTask['stop']>> = {}): void {
  const stop = { force: false, dropSlot: true, untilLsn: { default: '0/500' }, ...overrides };
  store.updateTask(ID, task().version, { state: 'STOPPING', desired: 'stopped', stop, attempts: 0 }, []);
}
