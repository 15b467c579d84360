import { createServer } from 'node:net';

/**
 * Ports below Linux's ephemeral range (32768 and up): a server that a test stops for a while must find its port free again,
 * and an outgoing connection of any program may take an ephemeral one meanwhile.
 */
const LOWEST = 15_000;
const HIGHEST = 31_999;
const ATTEMPTS = 50;

/** A loopback TCP port that nobody listens on right now. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port found between ${LOWEST} and ${HIGHEST} in ${ATTEMPTS} attempts`);
}

/** The wanted port if it is free, any free one for 0 or undefined; throws when a port that was asked for is in use. */
export async function choosePort(wanted: number | undefined, purpose: string): Promise<number> {
  if (!wanted) return freePort();
  if (await isFree(wanted)) return wanted;
  throw new Error(
    `port ${wanted} (${purpose}) is in use; stop what listens there, or ask for another port (0: any free one)`,
  );
}

/** Whether a server could listen on 127.0.0.1:port now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ host: '127.0.0.1', port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
