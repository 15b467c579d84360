import { CdcError, type CdcErrorOptions } from '../domain/errors.ts';
import { type DriverError, readDriverError, type Verdict } from './driver-error.ts';
import { byOpenGaussText } from './opengauss/error-texts.ts';
import { bySqlState } from './sqlstates.ts';

const LOST: Verdict = { code: 'SOURCE_CONNECTION_LOST' };
const UNREACHABLE: Verdict = { code: 'SOURCE_UNREACHABLE' };
const TLS: Verdict = { code: 'SOURCE_TLS' };

const ERRNO_LOST = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);
const ERRNO_UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
]);
/** Names OpenSSL and Node give to certificate and handshake failures (Node docs, TLS: X509 certificate error codes). */
const TLS_CODE = /CERT|^ERR_TLS_|^ERR_SSL_|^ERR_OSSL_|^EPROTO$|^UNABLE_TO_VERIFY|^CRL_|^HOSTNAME_MISMATCH$/;

/** As a word of its own: a table called `public.slot` says nothing about a slot. */
const SLOT_CONTEXT = /(^|\s)slot(\s|$)/i;

/** Errors of pg itself carry no code: told apart by text (pg 8.23, lib/connection.js, client.js, crypto/sasl.js). */
const DRIVER_TEXTS: readonly (readonly [RegExp, Verdict])[] = [
  [/^The server does not support SSL connections|^There was an error establishing an SSL connection/, TLS],
  [/^SASL: /, { code: 'SOURCE_AUTH' }],
  [/^timeout expired|^Query read timeout|^timeout exceeded when trying to connect/, UNREACHABLE],
  [/^Connection terminated|^Client has encountered a connection error|^Client was closed/, LOST],
];

/**
 * Classifies what the driver or the server threw: by SQLSTATE and errno, by text only for errors pg raises itself and
 * where openGauss leaves nothing else. `context`: our words for what was tried, put before the message; the word `slot` in
 * it says that an existing slot was being read, so that a missing or invalidated object means SLOT_LOST. A CdcError passes
 * through. Holds no secrets: the server never repeats passwords, and statements are not copied.
 */
export function toSourceError(error: unknown, context?: string): CdcError {
  if (error instanceof CdcError) return error;
  const facts = readDriverError(error);
  const verdict = classify(facts, context !== undefined && SLOT_CONTEXT.test(context));
  const options: CdcErrorOptions = {
    cause: error,
    data: { ...(facts.code === undefined ? {} : { sourceCode: facts.code }), ...verdict.data },
    ...(verdict.hint === undefined ? {} : { hint: verdict.hint }),
    ...(verdict.retry === undefined ? {} : { retry: verdict.retry }),
  };
  return new CdcError(verdict.code, context ? `${context}: ${facts.message}` : facts.message, options);
}

function classify(error: DriverError, slotContext: boolean): Verdict {
  const { code } = error;
  if (code === undefined) {
    return DRIVER_TEXTS.find(([text]) => text.test(error.message))?.[1] ?? { code: 'SOURCE_QUERY' };
  }
  const verdict = byOpenGaussText(error) ?? bySqlState(error, slotContext);
  if (verdict) return verdict;
  if (ERRNO_LOST.has(code)) return LOST;
  if (ERRNO_UNREACHABLE.has(code)) return UNREACHABLE;
  return TLS_CODE.test(code) ? TLS : { code: 'SOURCE_QUERY' };
}
