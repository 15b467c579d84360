import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { cleanEnvironment } from '../support/service.ts';

describe('npm run demo', () => {
  it('shows records on servers of its own and ends, all by itself', async () => {
    const options = { cwd: join(import.meta.dirname, '..', '..'), env: cleanEnvironment(), timeout: 170_000 };
    const { stdout } = await promisify(execFile)('npm', ['run', 'demo', '--', '--once'], options);
    expect(stdout).toMatch(/PASSED\s+source-reachable/);
    expect(stdout).toMatch(/shop\.public\.orders \[\d+\] @\d+ key \{"customer":"1","number":"1"\}/);
    expect(stdout).toContain('"type":"DELETE"');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('Everything stopped.');
  }, 180_000);
});
