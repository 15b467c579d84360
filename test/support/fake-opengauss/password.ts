import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** `password_encryption_type` 0, 1, 2 and 3. */
export type StorageMethod = 'md5' | 'sha256+md5' | 'sha256' | 'sm3';

/** A password as pg_authid keeps it, in parts. */
export interface StoredPassword {
  readonly method: StorageMethod;
  /** 32 bytes. */
  readonly salt: Buffer;
  readonly iterations: number;
  readonly serverKey: Buffer;
  /** SHA256(ClientKey), SM3(ClientKey) under `sm3`. */
  readonly storedKey: Buffer;
  /** Hex of md5(password + user). */
  readonly md5: string;
}

/** Source: openGauss, common/backend/libpq/sha2.cpp; "Sever Key" is spelled so there. */
export function storePassword(
  method: StorageMethod,
  login: { readonly user: string; readonly password: string },
  salt: Buffer,
  iterations: number,
): StoredPassword {
  const key = pbkdf2Sync(login.password, salt, iterations, 32, 'sha1');
  const serverKey = hmac(key, method === 'sm3' ? 'Server Key' : 'Sever Key');
  const storedKey = digest(method, hmac(key, 'Client Key'));
  return { method, salt, iterations, serverKey, storedKey, md5: md5Hex(login.password + login.user) };
}

/** Codes 10 and 13: the response holds ClientKey, hidden by an HMAC of the token. */
export function provesKey(stored: StoredPassword, token: Buffer, response: string): boolean {
  if (!/^[0-9a-f]{64}$/.test(response)) return false;
  const mask = hmac(stored.storedKey, token);
  const clientKey = Buffer.from(response, 'hex').map((byte, i) => byte ^ mask[i]!);
  return digest(stored.method, Buffer.from(clientKey)).equals(stored.storedKey);
}

/** Code 5, as PostgreSQL. */
export function md5Response(stored: StoredPassword, salt: Buffer): string {
  return `md5${md5Hex(Buffer.concat([Buffer.from(stored.md5), salt]))}`;
}

/** Code 11: an md5 over what is stored for SHA256, its iteration code included. */
export function md5Sha256Response(stored: StoredPassword, salt: Buffer): string {
  const hex = [stored.salt, stored.serverKey, stored.storedKey].map((part) => part.toString('hex')).join('');
  return `md5${md5Hex(Buffer.concat([Buffer.from(hex + iterationCode(stored.iterations)), salt]))}`;
}

/** What a server proves itself with to clients of protocol 3.0. */
export function serverSignature(stored: StoredPassword, token: Buffer): string {
  return hmac(stored.serverKey, token).toString('hex');
}

/** The 11 letters that end a stored password: `ecdfdcefade`, each moved on by a digit of the count, lowest digit first. */
function iterationCode(iterations: number): string {
  const digits = [...String(iterations)].reverse();
  return [...'ecdfdcefade'].map((c, i) => String.fromCharCode(c.charCodeAt(0) + Number(digits[i] ?? 0))).join('');
}

function digest(method: StorageMethod, bytes: Buffer): Buffer {
  return createHash(method === 'sm3' ? 'sm3' : 'sha256')
    .update(bytes)
    .digest();
}

function hmac(key: Buffer, message: string | Buffer): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

function md5Hex(input: string | Buffer): string {
  return createHash('md5').update(input).digest('hex');
}
