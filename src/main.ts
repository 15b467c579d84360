#!/usr/bin/env node
import { nodeIo } from './cli/node-io.ts';
import { runCli } from './cli/run.ts';
import type { Wiring } from './cli/wiring.ts';

const exit = (code: number): void => process.exit(code);

/** Loaded on demand: commands that only talk HTTP start without drivers and HTTP server. */
const wiring: Wiring = {
  serve: async (config, io) => {
    const [{ serve }, { createApp }] = await Promise.all([import('./serve.ts'), import('./compose.ts')]);
    return serve(config, io, createApp);
  },
  sourceDriver: async (dialect) => (await import('./compose.ts')).sourceDriver(dialect),
  readInstallationId: async (dataDir) => (await import('./store/sqlite/open-store.ts')).readInstallationId(dataDir),
};

exit(await runCli(process.argv.slice(2), nodeIo(exit), wiring));
