import { execFile } from 'node:child_process';
import { cleanEnvironment, MAIN } from './service.ts';

export type CliResult = { code: number; stdout: string; stderr: string };

const TIMEOUT_MS = 60_000;

/** Runs `gausscast …` to its end. */
export function cli(
  args: readonly string[],
  options: { env?: Record<string, string>; stdin?: string } = {},
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const env = { ...cleanEnvironment(), ...options.env };
    const child = execFile(process.execPath, [MAIN, ...args], { env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(new Error(`gausscast ${args.join(' ')}: ${error?.message}\n${stdout}\n${stderr}`));
    });
    child.stdin!.end(options.stdin ?? '');
  });
}
