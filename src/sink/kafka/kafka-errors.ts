import type { ErrorCode } from '../../domain/error-table.ts';
import { CdcError } from '../../domain/errors.ts';
import { CODE, codeName } from '../kafka-codes.ts';
import { isRetriable, judge } from '../verdict.ts';

/** errno values of a network that may come back. */
const NETWORK_ERRNO = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'ERR_SOCKET_CLOSED',
  'ERR_STREAM_DESTROYED',
]);

/** X509 verification results that Node passes on as `code` without a common prefix (openssl x509_vfy.h). */
const CERTIFICATE_CODES = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_REVOKED',
  'CERT_REJECTED',
  'CERT_UNTRUSTED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'HOSTNAME_MISMATCH',
  'EPROTO',
]);

/** Names of kafkajs' own errors for connections that broke or never came about; they carry no errno. */
const CONNECTION_NAMES = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSTimeout',
  'KafkaJSLockTimeout',
]);

/** A request was answered with a Kafka error code for the whole of it. `what` says what was asked: `create topic x`. */
export function kafkaCodeError(code: number, what: string, brokerText: string | null = null): CdcError {
  const verdict = judge(code, 1);
  const text = brokerText === null || brokerText === '' ? '' : `: ${brokerText}`;
  const data = { kafkaError: codeName(code) };
  const message = `Kafka refused to ${what}: ${codeName(code)}${text}`;
  if (code === CODE.UNKNOWN_TOPIC) return new CdcError('TOPIC_MISSING', message, { data });
  if (isRetriable(code)) return new CdcError('KAFKA_SESSION_ENDED', message, { data });
  return new CdcError(verdict.kind === 'fail' ? verdict.code : 'KAFKA_REQUEST', message, { data });
}

/** Any error of kafkajs, its sockets or TLS as CdcError: by Kafka code, errno or error name, never by text. */
export function toKafkaError(error: unknown): CdcError {
  if (error instanceof CdcError) return error;
  for (const layer of layersOf(error)) {
    const code = classify(layer);
    if (code !== null) return wrap(code, error);
  }
  return wrap('INTERNAL', error);
}

interface Layer {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** The error, its causes and the first of an aggregate, outermost first. */
function layersOf(error: unknown): Layer[] {
  const layers: Layer[] = [];
  for (let next: unknown = error; typeof next === 'object' && next !== null && layers.length < 8; ) {
    const layer: Layer = next;
    layers.push(layer);
    next = Array.isArray(layer.errors) ? layer.errors[0] : layer.cause;
  }
  return layers;
}

function classify(layer: Layer): ErrorCode | null {
  if (layer.name === 'KafkaJSSASLAuthenticationError') return 'KAFKA_AUTH';
  if (layer.name === 'KafkaJSServerDoesNotSupportApiKey') return 'KAFKA_REQUEST';
  if (typeof layer.code === 'number') return kafkaCodeError(layer.code, '').code;
  if (typeof layer.code === 'string') {
    if (NETWORK_ERRNO.has(layer.code)) return 'KAFKA_UNREACHABLE';
    if (CERTIFICATE_CODES.has(layer.code) || /^ERR_(TLS|SSL|OSSL)_/.test(layer.code)) return 'KAFKA_TLS';
  }
  return typeof layer.name === 'string' && CONNECTION_NAMES.has(layer.name) ? 'KAFKA_UNREACHABLE' : null;
}

function wrap(code: ErrorCode, error: unknown): CdcError {
  const text = error instanceof Error ? error.message : String(error);
  const broker = (error as { broker?: unknown } | null)?.broker;
  return new CdcError(code, `Kafka: ${text}`, {
    cause: error,
    data: typeof broker === 'string' ? { broker } : {},
  });
}
