import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewEvent, StoredStream, StoredTask } from '../../src/store/store.ts';

/** A new empty directory and how to remove it. */
export function temporaryDir(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'gausscast-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export type NewTask = Omit<StoredTask, 'version' | 'createdAt' | 'updatedAt'>;

export function newTask(id: string, overrides: Partial<NewTask> = {}): NewTask {
  return {
    id,
    name: `task-${id}`,
    spec: '{}',
    state: 'CONFIGURATION',
    desired: 'idle',
    startAt: null,
    precheck: null,
    lastError: null,
    attempts: 0,
    nextAttemptAt: null,
    stop: null,
    ...overrides,
  };
}

export function newStream(overrides: Partial<StoredStream> = {}): StoredStream {
  return {
    node: 'default',
    slot: 'gausscast_slot',
    slotOwned: true,
    plugin: 'pgoutput',
    database: 'shop',
    systemId: '7000',
    publication: 'gausscast_slot',
    publicationOwned: true,
    tables: null,
    checkpoint: null,
    producer: null,
    ...overrides,
  };
}

export const CREATED: NewEvent = { level: 'info', code: 'TASK_CREATED', message: 'task created', actor: 'user' };
