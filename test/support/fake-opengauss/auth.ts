import { createHash, randomBytes } from 'node:crypto';
import { ByteSink } from '../byte-sink.ts';
import type { Role } from './model.ts';
import {
  md5Response,
  md5Sha256Response,
  provesKey,
  type StoredPassword,
  serverSignature,
  storePassword,
} from './password.ts';
import { ServerError } from './server-error.ts';

/** Authentication method of a pg_hba.conf line. */
export type HbaMethod = 'sha256' | 'md5' | 'sm3' | 'reject';

const LOCK_AFTER = 10;
const MISSING_ROLE_PASSWORD = 'no password opens a missing role';

/** A challenge on its way: what the client gets, and whether an answer to it is right. */
export interface Challenge {
  readonly body: Buffer;
  accepts(response: string): boolean;
}

/** Logins of the server: challenges, and the failures that lock an account. */
export class Authenticator {
  readonly #stored = new Map<Role, StoredPassword>();
  readonly #failures = new Map<string, number>();

  /** Wrong answers for `user` since its last right one. */
  failures(user: string): number {
    return this.#failures.get(user) ?? 0;
  }

  /** `role` undefined: a challenge like any other, with a salt made of the name. */
  challenge(user: string, role: Role | undefined, hba: HbaMethod, minor: number): Challenge {
    const stored = role === undefined ? missingRole(user, hba) : this.#storedOf(role);
    const challenge = challengeFor(stored, codeFor(hba, stored, role !== undefined, minor), minor);
    // SM3 in one place only: the real server sends a salt that is none.
    const isHopeless = role === undefined || (hba === 'sm3') !== (stored.method === 'sm3');
    return { body: challenge.body, accepts: (response) => !isHopeless && challenge.accepts(response) };
  }

  /** Judges the password message. Errors: 28P01; 28000 from the eleventh failure on, whatever the password. */
  judge(user: string, role: Role | undefined, challenge: Challenge, message: Buffer): void {
    const failures = this.failures(user);
    if (failures >= LOCK_AFTER && role !== undefined) throw new ServerError('28000', 'The account has been locked.');
    const endsWithNul = message[message.length - 1] === 0;
    if (endsWithNul && challenge.accepts(message.toString('latin1', 0, message.length - 1))) {
      this.#failures.delete(user);
      return;
    }
    this.#failures.set(user, failures + 1);
    throw new ServerError('28P01', 'Invalid username/password,login denied.');
  }

  #storedOf(role: Role): StoredPassword {
    const known = this.#stored.get(role);
    if (known) return known;
    const login = { user: role.name, password: role.password };
    const stored = storePassword(role.stored ?? 'sha256', login, randomBytes(32), role.iterations ?? 2048);
    this.#stored.set(role, stored);
    return stored;
  }
}

/** The server's choice of code (openGauss, auth.cpp, sendAuthRequest). */
function codeFor(hba: HbaMethod, stored: StoredPassword, exists: boolean, minor: number): 5 | 10 | 11 | 13 {
  const hasMd5 = stored.method === 'md5' || stored.method === 'sha256+md5';
  if (hba === 'sm3' || stored.method === 'sm3') return 13;
  if (!exists && minor < 50) return 5;
  if (hba === 'md5') return hasMd5 ? 5 : 11;
  if (stored.method === 'md5') return 5;
  return hasMd5 && minor < 50 ? 5 : 10;
}

function challengeFor(stored: StoredPassword, code: 5 | 10 | 11 | 13, minor: number): Challenge {
  if (code === 5 || code === 11) return md5Challenge(stored, code);
  const token = randomBytes(4);
  const body = new ByteSink().uint32(code).uint32(code === 13 ? 3 : 2);
  body.bytes(hexText(stored.salt)).bytes(hexText(token));
  if (minor < 50) body.bytes(Buffer.from(serverSignature(stored, token)));
  if (minor > 50) body.uint32(stored.iterations);
  return { body: body.toBuffer(), accepts: (response) => provesKey(stored, token, response) };
}

function md5Challenge(stored: StoredPassword, code: 5 | 11): Challenge {
  const salt = randomBytes(4);
  const body = new ByteSink().uint32(code);
  if (code === 11) body.bytes(hexText(stored.salt));
  const expected = code === 5 ? md5Response(stored, salt) : md5Sha256Response(stored, salt);
  return { body: body.bytes(salt).toBuffer(), accepts: (response) => response === expected };
}

function missingRole(user: string, hba: HbaMethod): StoredPassword {
  const salt = createHash('sha256').update(user).digest();
  return storePassword(hba === 'sm3' ? 'sm3' : 'sha256', { user, password: MISSING_ROLE_PASSWORD }, salt, 2048);
}

function hexText(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('hex'));
}
