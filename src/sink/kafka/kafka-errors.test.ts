import { describe, expect, it } from 'vitest';
import { CdcError } from '../../domain/errors.ts';
import { kafkaCodeError, toKafkaError } from './kafka-errors.ts';

/** An error as kafkajs and Node make them. */
function failure(name: string, more: Readonly<Record<string, unknown>> = {}, text = 'text'): Error {
  return Object.assign(new Error(text), { name }, more);
}

describe('toKafkaError', () => {
  it.each([
    [failure('KafkaJSConnectionError', { code: 'ECONNREFUSED', broker: 'h:9092' }), 'KAFKA_UNREACHABLE', 'timed'],
    [failure('KafkaJSConnectionError', { code: 'ENOTFOUND' }), 'KAFKA_UNREACHABLE', 'timed'],
    [failure('KafkaJSConnectionClosedError'), 'KAFKA_UNREACHABLE', 'timed'],
    [failure('KafkaJSRequestTimeoutError'), 'KAFKA_UNREACHABLE', 'timed'],
    [failure('KafkaJSConnectionError', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }), 'KAFKA_TLS', 'manual'],
    [failure('KafkaJSConnectionError', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'KAFKA_TLS', 'manual'],
    [failure('KafkaJSConnectionError', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' }), 'KAFKA_TLS', 'manual'],
    [failure('KafkaJSSASLAuthenticationError'), 'KAFKA_AUTH', 'never'],
    [failure('KafkaJSProtocolError', { code: 58 }), 'KAFKA_AUTH', 'never'],
    [failure('KafkaJSProtocolError', { code: 31 }), 'KAFKA_PERMISSION', 'manual'],
    [failure('KafkaJSProtocolError', { code: 14 }), 'KAFKA_SESSION_ENDED', 'timed'],
    [failure('KafkaJSProtocolError', { code: -1 }), 'KAFKA_REQUEST', 'manual'],
    [failure('TypeError'), 'INTERNAL', 'manual'],
  ])('makes %s a %s (%s)', (error, code, retry) => {
    expect(toKafkaError(error)).toMatchObject({ code, retry, cause: error });
  });

  it('looks through wrappers for the cause', () => {
    const cause = failure('Error', { code: 'ECONNRESET' });
    expect(toKafkaError(failure('KafkaJSNonRetriableError', { cause })).code).toBe('KAFKA_UNREACHABLE');
    const first = failure('KafkaJSCreateTopicError', { code: 29 });
    expect(toKafkaError(failure('KafkaJSAggregateError', { errors: [first] })).code).toBe('KAFKA_PERMISSION');
  });

  it('does not follow a cause that leads back', () => {
    const loop = failure('Error');
    Object.assign(loop, { cause: loop });
    expect(toKafkaError(loop).code).toBe('INTERNAL');
  });

  it('leaves a CdcError as it is', () => {
    const error = new CdcError('TOPIC_MISSING', 'x');
    expect(toKafkaError(error)).toBe(error);
  });
});

describe('kafkaCodeError', () => {
  it('keeps the words of the broker', () => {
    const error = kafkaCodeError(40, 'create topic t', 'Invalid value soon');
    expect(error.message).toBe('Kafka refused to create topic t: INVALID_CONFIG (40): Invalid value soon');
  });

  it('names codes it does not know by number', () => {
    expect(kafkaCodeError(1234, 'do it')).toMatchObject({
      code: 'KAFKA_REQUEST',
      data: { kafkaError: 'UNKNOWN (1234)' },
    });
  });
});
