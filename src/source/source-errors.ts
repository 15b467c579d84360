import { CdcError, type CdcErrorOptions, type ErrorCode, type RetryClass } from '../domain/errors.ts';

/** What a driver's error tells beyond its text; `code` is an SQLSTATE or an errno name. */
interface DriverError {
  readonly message: string;
  readonly code: string | undefined;
  /** The server function that raised it: unlike the text it is never translated (protocol field `R`). */
  readonly routine: string | undefined;
}

interface Verdict {
  readonly code: ErrorCode;
  readonly retry?: RetryClass;
  readonly hint?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

type Rule = (error: DriverError, slotContext: boolean) => Verdict;

const LOST: Verdict = { code: 'SOURCE_CONNECTION_LOST' };
const UNREACHABLE: Verdict = { code: 'SOURCE_UNREACHABLE' };
const TLS: Verdict = { code: 'SOURCE_TLS' };
const DATABASE_GONE: Verdict = { code: 'SOURCE_DATABASE' };
const BUSY: Verdict = {
  code: 'SOURCE_QUERY',
  retry: 'timed',
  hint: 'The server was busy; the task tries again by itself.',
};
const WAL_LEVEL_HINT = 'Set wal_level = logical on the source and restart it.';
const POOLER_HINT =
  'Connect to the database server itself: a connection pooler passes neither replication nor session settings.';

const PUBLICATION_TAKEN: Verdict = {
  code: 'SOURCE_QUERY',
  hint: 'A publication with this name exists; name another one in source.publication or drop it.',
};

/** By SQLSTATE. Source: PostgreSQL docs, appendix A; routines: replication/slot.c, logical.c, pg_publication.c. */
const SQLSTATES: Readonly<Record<string, Rule>> = {
  '28000': () => ({
    code: 'SOURCE_AUTH',
    hint: 'Correct source.username, or allow the role, database and address in pg_hba.conf, then start the task again.',
  }),
  '28P01': () => ({ code: 'SOURCE_AUTH' }),
  '3D000': () => DATABASE_GONE,
  '57P04': () => DATABASE_GONE,
  '42501': () => ({ code: 'SOURCE_PERMISSION' }),
  '42704': undefinedObject,
  '42710': (error) => (isAboutPublication(error) ? PUBLICATION_TAKEN : { code: 'SLOT_EXISTS' }),
  '53400': () => ({ code: 'SLOT_LIMIT' }),
  '55006': (error) => ({ code: 'SLOT_IN_USE', data: { pid: pidIn(error.message) } }),
  '55000': prerequisiteState,
  // "requested WAL segment … has already been removed"
  '58P01': (_error, slotContext) => ({ code: slotContext ? 'SLOT_LOST' : 'SOURCE_QUERY' }),
  '08P01': () => ({ code: 'SOURCE_QUERY', hint: POOLER_HINT }),
  '53300': () => UNREACHABLE,
  '57P01': () => LOST,
  '57P02': () => LOST,
  '57P03': () => UNREACHABLE,
  '57P05': () => LOST,
  '25P03': () => LOST,
  '40001': () => BUSY,
  '40P01': () => BUSY,
  '53100': () => BUSY,
  '53200': () => BUSY,
  '55P03': () => BUSY,
  '57014': () => BUSY,
};

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

/** Errors of pg itself carry no code: the only ones told apart by text (pg 8.23, lib/connection.js, client.js, crypto/sasl.js). */
const DRIVER_TEXTS: readonly (readonly [RegExp, Verdict])[] = [
  [/^The server does not support SSL connections|^There was an error establishing an SSL connection/, TLS],
  // openGauss uses authentication code 10 for its own SHA256; pg reads it as SASL without a known mechanism.
  [/^SASL: Only mechanism/, { code: 'DIALECT_MISMATCH' }],
  [/^SASL: /, { code: 'SOURCE_AUTH' }],
  [/^timeout expired|^Query read timeout|^timeout exceeded when trying to connect/, UNREACHABLE],
  [/^Connection terminated|^Client has encountered a connection error|^Client was closed/, LOST],
];

/**
 * Classifies what the driver or the server threw: by SQLSTATE and errno, by text only for errors pg raises itself.
 * `context`: our words for what was tried, put before the message; the word `slot` in it says that an existing slot was
 * being read, so that a missing or invalidated object means SLOT_LOST. A CdcError passes through. Holds no secrets: the
 * server never repeats passwords, and statements are not copied.
 */
export function toSourceError(error: unknown, context?: string): CdcError {
  if (error instanceof CdcError) return error;
  const facts = driverError(error);
  const verdict = classify(facts, context !== undefined && SLOT_CONTEXT.test(context));
  const options: CdcErrorOptions = {
    cause: error,
    data: { ...(facts.code === undefined ? {} : { sourceCode: facts.code }), ...verdict.data },
    ...(verdict.hint === undefined ? {} : { hint: verdict.hint }),
    ...(verdict.retry === undefined ? {} : { retry: verdict.retry }),
  };
  return new CdcError(verdict.code, context ? `${context}: ${facts.message}` : facts.message, options);
}

function driverError(error: unknown): DriverError {
  if (!(error instanceof Error)) return { message: String(error), code: undefined, routine: undefined };
  const { code, routine } = error as Error & { code?: unknown; routine?: unknown };
  return {
    // Node tries every address of a name and reports an AggregateError whose own message is empty.
    message: error.message || (error instanceof AggregateError ? aggregateText(error) : error.name),
    code: typeof code === 'string' ? code : undefined,
    routine: typeof routine === 'string' ? routine : undefined,
  };
}

function aggregateText(error: AggregateError): string {
  return error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join('; ');
}

function classify(error: DriverError, slotContext: boolean): Verdict {
  if (error.code !== undefined) {
    const rule = SQLSTATES[error.code];
    if (rule) return rule(error, slotContext);
    if (ERRNO_LOST.has(error.code)) return LOST;
    if (ERRNO_UNREACHABLE.has(error.code)) return UNREACHABLE;
    if (TLS_CODE.test(error.code)) return TLS;
    if (/^28...$/.test(error.code)) return { code: 'SOURCE_AUTH' };
    if (/^08...$/.test(error.code)) return LOST;
    return { code: 'SOURCE_QUERY' };
  }
  return DRIVER_TEXTS.find(([text]) => text.test(error.message))?.[1] ?? { code: 'SOURCE_QUERY' };
}

/** 42704: a slot or a publication that is not there (publications are looked up at the first change, with the slot open). */
function undefinedObject(error: DriverError, slotContext: boolean): Verdict {
  if (isAboutPublication(error)) return { code: 'PUBLICATION_MISSING' };
  return { code: slotContext ? 'SLOT_LOST' : 'SOURCE_QUERY' };
}

/** 55000: wal_level too low, or a slot that was invalidated, is physical or belongs to another database. */
function prerequisiteState(error: DriverError, slotContext: boolean): Verdict {
  if (error.routine === 'CheckLogicalDecodingRequirements') return { code: 'SOURCE_QUERY', hint: WAL_LEVEL_HINT };
  return { code: slotContext ? 'SLOT_LOST' : 'SOURCE_QUERY' };
}

function isAboutPublication(error: DriverError): boolean {
  return error.routine !== undefined && /publication/i.test(error.routine);
}

/** `replication slot "x" is active for PID 123`, in whatever language: the last number outside the quoted name. */
function pidIn(message: string): number | null {
  const numbers = message.replace(/"[^"]*"|«[^»]*»|„[^“]*“/g, '').match(/\d+/g);
  return numbers ? Number(numbers[numbers.length - 1]) : null;
}
