import { CdcError } from '../../domain/errors.ts';

const USE_SHA256 = 'Use method sha256 for this user and address in pg_hba.conf, reload it, then start the task again.';

/**
 * Authentication methods that are not answered (codes: auth-request.ts). Nothing is sent for them: an answer that fails
 * counts towards the lock of the account, and a password in clear is nobody's business.
 */
const REFUSED: Readonly<Record<number, readonly [string, string]>> = {
  3: ['the password in clear text', USE_SHA256],
  7: ['Kerberos (GSSAPI)', USE_SHA256],
  8: ['Kerberos (GSSAPI)', USE_SHA256],
  9: ['SSPI', USE_SHA256],
  // Its answer needs the iteration count of the stored password, which the server does not tell.
  11: [
    'MD5 over SHA256 (method md5 in pg_hba.conf, password stored as sha256)',
    'Use method sha256 in pg_hba.conf for this user and reload it (or, to keep md5, set the password anew under password_encryption_type = 1), then start the task again.',
  ],
  12: ['SHA256 as in RFC 5802', USE_SHA256],
  14: ['an IAM token', 'Use a database user with a password and method sha256 in pg_hba.conf.'],
};

/** SOURCE_AUTH for an authentication request that is not answered. */
export function refusedAuth(code: number): CdcError {
  const [what, hint] = REFUSED[code] ?? ['a method this version does not know', USE_SHA256];
  const message = `the server asks for ${what}, authentication code ${code}; no password was sent`;
  return new CdcError('SOURCE_AUTH', message, { hint, data: { authenticationCode: code } });
}
