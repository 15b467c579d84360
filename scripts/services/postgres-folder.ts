import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { type Owner, reachable } from './postgres-binaries.ts';

/** What a server keeps: `home` is the caller's folder, or its stand-in where the server's user cannot get there. */
export type PostgresFolder = {
  home: string;
  cluster: string;
  logFile: string;
  identityFile: string;
  passwordFile: string;
  binaries: string;
};

/** Makes the folder, owned by the user that the server runs as. */
export function prepareFolder(dataDir: string, owner: Owner | undefined): PostgresFolder {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const home = owner ? reachableFolder(realpathSync(dataDir), owner) : realpathSync(dataDir);
  if (owner) chownSync(home, owner.uid, owner.gid);
  return layout(home);
}

/** The folder of a server that may have been started there before; makes and changes nothing. */
export function existingFolder(dataDir: string): PostgresFolder | null {
  if (!existsSync(dataDir)) return null;
  const home = realpathSync(dataDir);
  const pointer = join(home, 'moved-to');
  return layout(existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : home);
}

function layout(home: string): PostgresFolder {
  return {
    home,
    cluster: join(home, 'cluster'),
    logFile: join(home, 'server.log'),
    identityFile: join(home, 'process.json'),
    passwordFile: join(home, 'password'),
    binaries: join(home, 'binaries'),
  };
}

/**
 * A root user's clone below /root, or a folder of mkdtemp, is closed to the unprivileged user. Folders of ours below the system's
 * temporary folder are opened for passing (not listing); elsewhere no permission is touched, and a folder in /tmp stands in.
 */
function reachableFolder(home: string, owner: Owner): string {
  openTemporaryFolders(dirname(home));
  if (reachable(dirname(home), owner)) return home;
  const name = `gausscast-postgres-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`;
  const standIn = join(realpathSync('/tmp'), name);
  mkdirSync(standIn, { recursive: true, mode: 0o700 });
  // The name can be foreseen: what another user may have put there must not be given away or written through.
  const found = lstatSync(standIn);
  if (!found.isDirectory() || (found.uid !== 0 && found.uid !== owner.uid)) {
    throw new Error(`${standIn} is not ours; remove it`);
  }
  if (!reachable(dirname(standIn), owner))
    throw new Error(`the unprivileged user ${owner.uid} can reach neither ${home} nor ${standIn}`);
  writeFileSync(join(home, 'moved-to'), `${standIn}\n`);
  return standIn;
}

function openTemporaryFolders(folder: string): void {
  const root = realpathSync(tmpdir());
  for (let path = folder; path.startsWith(root + sep); path = dirname(path)) {
    const { mode, uid } = statSync(path);
    if (uid === process.getuid?.() && (mode & 0o001) === 0) chmodSync(path, (mode & 0o777) | 0o011);
  }
}

/** The superuser's password: random, made once, readable by the server's user and by us only. */
export function password(folder: PostgresFolder, owner: Owner | undefined): string {
  if (!existsSync(folder.passwordFile)) {
    writeFileSync(folder.passwordFile, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600 });
    if (owner) chownSync(folder.passwordFile, owner.uid, owner.gid);
  }
  return readFileSync(folder.passwordFile, 'utf8').trim();
}
