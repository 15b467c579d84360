import { EventEmitter } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { App } from './api/app.ts';
import { loadServeConfig } from './config/load.ts';
import type { CdcError } from './domain/errors.ts';
import { serve } from './serve.ts';

interface Run {
  readonly code: Promise<number>;
  readonly signals: EventEmitter;
  readonly lines: string[];
  readonly exits: number[];
  readonly closes: number[];
  /** Resolves with the URL of the log line that says so. */
  readonly listening: Promise<string>;
}

function start(flags: Record<string, string> = {}, close: () => Promise<void> = async () => undefined): Run {
  const signals = new EventEmitter();
  const lines: string[] = [];
  const exits: number[] = [];
  const closes: number[] = [];
  let announce: (url: string) => void = () => undefined;
  const listening = new Promise<string>((resolve) => {
    announce = resolve;
  });
  const stdout = (line: string) => {
    lines.push(line);
    const url = /listening on (http:[^"]+)/.exec(line)?.[1];
    if (url) announce(url);
  };
  const app = {
    tasks: { snapshots: () => [] } as unknown as App['tasks'],
    installationId: 'abcdefgh',
    health: () => ({ ready: true, checks: [] }),
    close: (timeoutMs: number) => {
      closes.push(timeoutMs);
      return close();
    },
  };
  const io = { signals, stdout, isTerminal: false, exit: (code: number) => void exits.push(code) };
  const code = serve(loadServeConfig({ port: '0', ...flags }, {}), io, async () => app);
  return { code, signals, lines, exits, closes, listening };
}

describe('serve', () => {
  it('says where it listens once it answers, and ends with 0 after SIGTERM', async () => {
    const run = start();
    const url = await run.listening;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    run.signals.emit('SIGTERM', 'SIGTERM');
    expect(await run.code).toBe(0);
    expect([run.exits, run.closes]).toEqual([[], [29_000]]);
    expect(run.signals.listenerCount('SIGTERM')).toBe(0);
    await expect(fetch(`${url}/health/live`)).rejects.toThrow();
    for (const line of run.lines) expect(() => JSON.parse(line)).not.toThrow();
    expect(run.lines.filter((line) => line.includes('listening on http://'))).toHaveLength(1);
  });

  it('still answers health while the tasks drain, and refuses commands', async () => {
    let finish: () => void = () => undefined;
    const drained = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const run = start({}, () => drained);
    const url = await run.listening;
    run.signals.emit('SIGINT', 'SIGINT');
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${url}/api/v1/tasks`)).status).toBe(503);
    finish();
    expect(await run.code).toBe(0);
  });

  it('ends at once on a second signal', async () => {
    let finish: () => void = () => undefined;
    const drained = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const run = start({}, () => drained);
    await run.listening;
    run.signals.emit('SIGTERM', 'SIGTERM');
    run.signals.emit('SIGTERM', 'SIGTERM');
    run.signals.emit('SIGINT', 'SIGINT');
    expect(run.exits).toEqual([143, 130]);
    finish();
    await run.code;
  });

  it('gives up with 1 when the tasks do not end within the shutdown timeout', async () => {
    const run = start({ shutdownTimeout: '40ms' }, () => new Promise(() => undefined));
    await run.listening;
    run.signals.emit('SIGTERM', 'SIGTERM');
    expect(await run.code).toBe(1);
    expect(run.closes).toEqual([20]);
  });

  it('says that a port is taken, and closes the app again', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as { port: number };
    const run = start({ port: String(port) });
    const error = await run.code.catch((failure: CdcError) => failure);
    expect(error).toMatchObject({ code: 'LISTEN_FAILED', message: `cannot listen on 127.0.0.1:${port}` });
    expect(run.closes).toHaveLength(1);
    await new Promise((resolve) => blocker.close(resolve));
  });

  it('warns when it listens beyond loopback', async () => {
    const run = start({ host: '0.0.0.0' });
    expect(await run.listening).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
    expect(run.lines.join('')).toContain('without access control');
    run.signals.emit('SIGTERM', 'SIGTERM');
    expect(await run.code).toBe(0);
  });
});
