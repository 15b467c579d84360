import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { CdcError } from '../../domain/errors.ts';
import { AUTH_SHA256, AUTH_SM3 } from '../auth-request.ts';

/**
 * Body of the request (after type and length), integers big-endian. Source: openGauss auth.cpp, sendAuthRequest.
 *
 * | at | bytes | |
 * |---|---|---|
 * | 0 | 4 | code: 10 SHA256, 13 SM3 |
 * | 4 | 4 | stored method: 0 plain, 1 MD5, 2 SHA256, 3 SM3 |
 * | 8 | 64 | salt, hex digits (method 1: 4 raw bytes, and nothing behind) |
 * | 72 | 8 | token, hex digits |
 * | 80 | 4 | iterations (protocol 3.51 only) |
 */
const METHOD_AT = 4;
const SALT_AT = 8;
const TOKEN_AT = 72;
const ITERATIONS_AT = 80;
const BODY_BYTES = 84;
const MD5_BODY_BYTES = 12;
const METHOD_MD5 = 1;
/** 0: a password stored in clear, which the server hashes as for SHA256 (openGauss JDBC, ConnectionFactoryImpl). */
const METHODS: Readonly<Record<number, readonly number[]>> = { [AUTH_SHA256]: [0, 2], [AUTH_SM3]: [3] };

const KEY_BYTES = 32;
/**
 * Whoever answers as the server sets the count, and a real one may set up to 134217728, a minute of work. This many take
 * a second, outside the event loop, and are 100 times the server's default.
 */
export const MAX_ITERATIONS = 1_000_000;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const deriveKey = promisify(pbkdf2);

/**
 * The text of the password message for a request with code 10 or 13 sent to a client of protocol 3.51. Errors:
 * SOURCE_AUTH where the request is not as above or asks for too many iterations. Source: openGauss fe-auth.cpp, sha2.cpp.
 */
export async function answerRequest(body: Buffer, { username, password }: Credentials): Promise<string> {
  const code = body.readUInt32BE(0);
  if (code === AUTH_SHA256 && isAboutMd5(body)) return answerWithMd5(body.subarray(SALT_AT), username, password);
  const { salt, token, iterations } = readChallenge(code, body);
  // SHA-1 here, whatever the name of the method says.
  const key = await deriveKey(password, salt, iterations, KEY_BYTES, 'sha1');
  const clientKey = hmac(key, 'Client Key');
  const storedKey = createHash(code === AUTH_SM3 ? 'sm3' : 'sha256')
    .update(clientKey)
    .digest();
  const signature = hmac(storedKey, token);
  return Buffer.from(clientKey.map((byte, i) => byte ^ signature[i]!)).toString('hex');
}

function isAboutMd5(body: Buffer): boolean {
  return body.length === MD5_BODY_BYTES && body.readUInt32BE(METHOD_AT) === METHOD_MD5;
}

/** Old servers, for a password stored as MD5. */
function answerWithMd5(salt: Buffer, username: string, password: string): string {
  const stored = createHash('md5')
    .update(password + username)
    .digest('hex');
  return `sha256${createHash('sha256').update(stored).update(salt).digest('hex')}`;
}

interface Challenge {
  readonly salt: Buffer;
  readonly token: Buffer;
  readonly iterations: number;
}

function readChallenge(code: number, body: Buffer): Challenge {
  if (body.length !== BODY_BYTES) throw unreadable(`${body.length} bytes instead of ${BODY_BYTES}`);
  const method = body.readUInt32BE(METHOD_AT);
  if (!METHODS[code]?.includes(method)) throw unreadable(`stored method ${method}`);
  const iterations = body.readUInt32BE(ITERATIONS_AT);
  if (iterations < 1 || iterations > MAX_ITERATIONS) {
    throw unreadable(`${iterations} iterations; 1 to ${MAX_ITERATIONS} are accepted`);
  }
  return { salt: unhex(body, SALT_AT, TOKEN_AT), token: unhex(body, TOKEN_AT, ITERATIONS_AT), iterations };
}

function unhex(body: Buffer, start: number, end: number): Buffer {
  const digits = body.toString('latin1', start, end);
  if (!/^[0-9a-f]+$/i.test(digits)) throw unreadable('salt or token are not hex digits');
  return Buffer.from(digits, 'hex');
}

function hmac(key: Buffer, data: string | Buffer): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function unreadable(what: string): CdcError {
  return new CdcError('SOURCE_AUTH', `the server's password request cannot be answered: ${what}`, {
    hint: 'Check that source.host is the database itself; auth_iteration_count must be at most 1000000 when the password is set.',
  });
}
