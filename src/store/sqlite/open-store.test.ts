import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CREATED, newStream, newTask, temporaryDir } from '../../../test/support/store-fixtures.ts';
import { Database } from './database.ts';
import { loadMigrations, migrate } from './migrations.ts';
import { openStore, readInstallationId } from './open-store.ts';

let dir = temporaryDir();
const children: ChildProcess[] = [];

beforeEach(() => {
  dir = temporaryDir();
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  dir.remove();
});

const open = () => openStore(dir.path, { lockWaitMs: 0 });

describe('the data directory', () => {
  it('is made with its parents and everything in it belongs to the owner alone', () => {
    const path = join(dir.path, 'deep/data');
    const store = openStore(path, { lockWaitMs: 0 });
    store.createTask(newTask('a'), CREATED);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(readdirSync(path)).toContain('gausscast.db');
    for (const name of readdirSync(path)) expect([name, statSync(join(path, name)).mode & 0o077]).toEqual([name, 0]);
    store.close();
  });

  it('keeps its installation id, which can be read while the store is in use', () => {
    expect(readInstallationId(dir.path)).toBeNull();
    const store = open();
    expect(store.installationId).toMatch(/^[a-z0-9]{8}$/);
    expect(readInstallationId(dir.path)).toBe(store.installationId);
    store.close();
    const again = open();
    expect(again.installationId).toBe(store.installationId);
    again.close();
  });

  it('that cannot be made is a STORE_FAILED', () => {
    writeFileSync(join(dir.path, 'file'), '');
    expect(() => openStore(join(dir.path, 'file/data'))).toThrow(expect.objectContaining({ code: 'STORE_FAILED' }));
  });
});

describe('the lock', () => {
  it('refuses a second store on the same directory and is free after close', () => {
    const first = open();
    expect(open).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
    first.createTask(newTask('a'), CREATED);
    expect(open).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
    first.close();
    const second = open();
    expect(second.findTask('a')).not.toBeNull();
    second.close();
  });

  it('is not outlived by the store: a closed one neither reads nor writes', () => {
    const store = open();
    store.createTask(newTask('a'), CREATED);
    store.close();
    store.close();
    expect(() => store.addEvent('a', CREATED)).toThrow(expect.objectContaining({ code: 'STORE_FAILED' }));
    expect(() => store.allTasks()).toThrow('is closed');
    expect(() => store.ping()).toThrow('is closed');
  });

  it('dies with a killed process, which leaves every checkpoint it reported stored', { timeout: 60_000 }, async () => {
    const store = open();
    store.createTask(newTask('a'), CREATED);
    store.putStream('a', newStream());
    store.close();
    for (let round = 0; round < 3; round++) {
      const reported = await writeUntilKilled(round * 40 + 20);
      const after = open();
      expect(after.streams('a')[0]?.checkpoint?.nextEventNumber).toBeGreaterThanOrEqual(reported);
      after.close();
    }
  });
});

/** Starts a process that writes checkpoints, checks that it holds the lock, kills it after `lines` reports; returns the last one. */
async function writeUntilKilled(lines: number): Promise<number> {
  const script = join(import.meta.dirname, '../../../test/support/store-child.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, dir.path, 'a'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let last = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'open') expect(open).toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
    else last = Number(line);
    seen += 1;
    if (seen === lines) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return last;
}

describe('a file that is not ours', () => {
  const path = () => join(dir.path, 'gausscast.db');
  const foreign = expect.objectContaining({ code: 'STORE_FOREIGN' });

  it('is refused and left as it is when it is no database', () => {
    const text = 'no database at all\n'.repeat(100);
    writeFileSync(path(), text);
    expect(open).toThrow(foreign);
    expect(readFileSync(path(), 'utf8')).toBe(text);
  });

  it('is refused and left as it is when it is a database of another program', () => {
    const other = new Database(path(), { busyMs: 0 });
    other.exec('CREATE TABLE t (x)');
    other.close();
    const before = readFileSync(path());
    expect(open).toThrow(foreign);
    expect(readFileSync(path())).toEqual(before);
    expect(existsSync(`${path()}-wal`)).toBe(false);
  });

  it('is refused when its lock file is something else', () => {
    writeFileSync(join(dir.path, 'gausscast.lock'), 'something else'.repeat(100));
    expect(open).toThrow(foreign);
  });

  it('of a newer version is refused', () => {
    open().close();
    const newer = new Database(path(), { busyMs: 0 });
    newer.exec('PRAGMA user_version = 9999');
    newer.close();
    expect(open).toThrow(expect.objectContaining({ code: 'STORE_NEWER' }));
  });
});

describe('migrations', () => {
  it('are numbered without gaps and applied once', () => {
    const migrations = loadMigrations();
    expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, i) => i + 1));
    const store = open();
    store.createTask(newTask('a'), CREATED);
    store.close();
    const again = open();
    expect(again.findTask('a')).not.toBeNull();
    again.close();
  });

  it('that fail leave the version before', () => {
    const database = new Database(join(dir.path, 'x.db'), { busyMs: 0 });
    const good = { number: 1, sql: 'CREATE TABLE a (x)' };
    const bad = { number: 2, sql: 'CREATE TABLE b (x); CREATE TABLE a (x)' };
    expect(() => migrate(database, 'x.db', [good, bad])).toThrow(expect.objectContaining({ code: 'STORE_FAILED' }));
    expect(database.pragma('user_version')).toBe(1);
    migrate(database, 'x.db', [good, { number: 2, sql: 'CREATE TABLE b (x)' }]);
    expect(database.pragma('user_version')).toBe(2);
    database.close();
  });
});

describe('a deleted task', () => {
  const SECRET = 'pa55word-of-the-deleted-task';
  const files = () => readdirSync(dir.path).map((name) => readFileSync(join(dir.path, name)).toString('latin1'));

  it('leaves no byte of its secrets in any file, whether they fit a page or not', () => {
    const store = open();
    for (const [id, filler] of [
      ['a', 10],
      ['b', 30_000],
    ] as const) {
      const spec = JSON.stringify({ password: SECRET, filler: 'x'.repeat(filler), again: SECRET });
      store.createTask(newTask(id, { spec }), CREATED);
      store.updateTask(id, 1, { spec: spec.replaceAll('word', 'word2') }, [CREATED]);
      store.createTask(newTask(`${id}-stays`), CREATED);
      for (let i = 0; i < 50; i++) store.addEvent(id, CREATED);
      expect(store.findTask(id)?.spec).toContain('pa55word2');
    }
    expect(files().some((bytes) => bytes.includes('pa55word'))).toBe(true);
    store.deleteTask('a');
    store.deleteTask('b');
    expect(files().filter((bytes) => bytes.includes('pa55word'))).toEqual([]);
    expect(store.allTasks().map((task) => task.id)).toEqual(['a-stays', 'b-stays']);
    store.close();
    expect(files().filter((bytes) => bytes.includes('pa55word'))).toEqual([]);
  });
});
