import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../..', import.meta.url).pathname;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The CLI as a process of its own, from source. Starting one costs about a second: few of these. */
function gausscast(...argv: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', ...argv], { cwd: ROOT });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...output }));
  });
}

describe('the gausscast process', () => {
  it('prints its version and ends with 0', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await gausscast('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  }, 30_000);

  it('ends with 2 and a message for a bad option of serve', async () => {
    const { code, stderr } = await gausscast('serve', '--log-format', 'xml');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--log-format')]);
  }, 30_000);

  it('ends with 5 when no service answers', async () => {
    const port = await freePort();
    const { code, stderr } = await gausscast('task', 'list', '--server', `http://127.0.0.1:${port}`);
    expect([code, stderr]).toEqual([5, expect.stringContaining('ECONNREFUSED')]);
  }, 30_000);
});

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
