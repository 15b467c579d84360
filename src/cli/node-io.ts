import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { CliIo } from './io.ts';

/** The real world. `exit` comes from main.ts, the only place that ends the process. */
export function nodeIo(exit: (code: number) => void): CliIo {
  return {
    env: process.env,
    stdout: writer(process.stdout),
    stderr: writer(process.stderr),
    isTerminal: process.stdout.isTTY === true,
    readStdin,
    readFile: (path) => readFileSync(path, 'utf8'),
    fetch: (url, init) => fetch(url, init),
    signals: process,
    sleep: async (milliseconds, signal) => {
      // An abort ends the wait like the time does.
      await delay(milliseconds, undefined, { signal }).catch(() => undefined);
    },
    exit,
  };
}

/** On pipes, files and terminals of POSIX systems these writes are synchronous: nothing is lost when the process ends after them. */
function writer(stream: NodeJS.WriteStream): (text: string) => void {
  // A reader that went away (`| head`) is no error of ours.
  stream.on('error', () => undefined);
  return (text) => void stream.write(text);
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
