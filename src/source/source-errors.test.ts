import { describe, expect, it } from 'vitest';
import { CdcError } from '../domain/errors.ts';
import { toSourceError } from './source-errors.ts';

function thrown(code: string | undefined, message = 'server words', routine?: string): Error {
  return Object.assign(new Error(message), { code, routine });
}

// From the sources of openGauss; what it says otherwise is recorded (test/contract/opengauss-errors.test.ts).
const GENERAL_PORT = 'replication should connect HA port in thread_pool';
const LACKED_SETTING = 'unrecognized configuration parameter "lock_timeout"';
const HA_PORT = 'the local listen ip and port is not for the gsql client';
const STANDBY = "can't decode in pmState is not run or recovery in progress.";

const CASES: readonly (readonly [string, Error, string | undefined, string, string])[] = [
  ['a wrong password', thrown('28P01'), undefined, 'SOURCE_AUTH', 'never'],
  ['a missing pg_hba.conf line', thrown('28000'), undefined, 'SOURCE_AUTH', 'never'],
  ['a missing database', thrown('3D000'), undefined, 'SOURCE_DATABASE', 'manual'],
  ['a missing privilege', thrown('42501'), undefined, 'SOURCE_PERMISSION', 'manual'],
  ['a missing slot', thrown('42704', 'x', 'ReplicationSlotAcquire'), 'reading slot x', 'SLOT_LOST', 'never'],
  [
    'a missing publication',
    thrown('42704', 'x', 'get_publication_oid'),
    'reading slot x',
    'PUBLICATION_MISSING',
    'manual',
  ],
  ['a missing object elsewhere', thrown('42704'), 'listing public.slot', 'SOURCE_QUERY', 'manual'],
  ['an invalidated slot', thrown('55000'), 'reading slot x', 'SLOT_LOST', 'never'],
  [
    'a wal_level too low',
    thrown('55000', 'x', 'CheckLogicalDecodingRequirements'),
    'reading slot x',
    'SOURCE_QUERY',
    'manual',
  ],
  ['removed WAL', thrown('58P01'), 'reading slot x', 'SLOT_LOST', 'never'],
  ['an existing slot', thrown('42710', 'x', 'ReplicationSlotCreate'), undefined, 'SLOT_EXISTS', 'manual'],
  ['an existing publication', thrown('42710', 'x', 'CreatePublication'), undefined, 'SOURCE_QUERY', 'manual'],
  ['no free slot', thrown('53400'), undefined, 'SLOT_LIMIT', 'manual'],
  ['a shutdown', thrown('57P01'), undefined, 'SOURCE_CONNECTION_LOST', 'timed'],
  ['a crash', thrown('57P02'), undefined, 'SOURCE_CONNECTION_LOST', 'timed'],
  ['a starting server', thrown('57P03'), undefined, 'SOURCE_UNREACHABLE', 'timed'],
  ['no free session', thrown('53300'), undefined, 'SOURCE_UNREACHABLE', 'timed'],
  ['a connection exception', thrown('08006'), undefined, 'SOURCE_CONNECTION_LOST', 'timed'],
  ['a deadlock', thrown('40P01'), undefined, 'SOURCE_QUERY', 'timed'],
  ['a refused connection', thrown('ECONNREFUSED'), undefined, 'SOURCE_UNREACHABLE', 'timed'],
  ['an unknown host', thrown('ENOTFOUND'), undefined, 'SOURCE_UNREACHABLE', 'timed'],
  ['a reset connection', thrown('ECONNRESET'), undefined, 'SOURCE_CONNECTION_LOST', 'timed'],
  ['a broken pipe', thrown('EPIPE'), undefined, 'SOURCE_CONNECTION_LOST', 'timed'],
  ['an own-signed certificate', thrown('DEPTH_ZERO_SELF_SIGNED_CERT'), undefined, 'SOURCE_TLS', 'manual'],
  ['an unknown issuer', thrown('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), undefined, 'SOURCE_TLS', 'manual'],
  ['a wrong host name', thrown('ERR_TLS_CERT_ALTNAME_INVALID'), undefined, 'SOURCE_TLS', 'manual'],
  ['a server without TLS', new Error('The server does not support SSL connections'), undefined, 'SOURCE_TLS', 'manual'],
  [
    'a connection that ended',
    new Error('Connection terminated unexpectedly'),
    undefined,
    'SOURCE_CONNECTION_LOST',
    'timed',
  ],
  ['a login that timed out', new Error('timeout expired'), undefined, 'SOURCE_UNREACHABLE', 'timed'],
  [
    'an empty password',
    new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string'),
    undefined,
    'SOURCE_AUTH',
    'never',
  ],
  [
    'a SASL mechanism pg does not know',
    new Error('SASL: Only mechanism(s) SCRAM-SHA-256 are supported'),
    undefined,
    'SOURCE_AUTH',
    'never',
  ],
  ['a plugin that is not there', thrown('58P01', 'x', 'internal_load_library'), 'slot x', 'SOURCE_QUERY', 'manual'],
  ['an expired password of openGauss', thrown('28P02'), undefined, 'SOURCE_AUTH', 'never'],
  ['a statement openGauss wants again', thrown('YY001'), undefined, 'SOURCE_QUERY', 'timed'],
  ['the SQL port of openGauss', thrown('22023', GENERAL_PORT), undefined, 'SOURCE_UNREACHABLE', 'manual'],
  ['a setting openGauss lacks', thrown('42704', LACKED_SETTING), undefined, 'DIALECT_MISMATCH', 'manual'],
  ['the HA port of openGauss', thrown('57P03', HA_PORT), undefined, 'SOURCE_UNREACHABLE', 'manual'],
  ['a standby of openGauss', thrown('LL001', STANDBY), 'reading slot x', 'SOURCE_UNREACHABLE', 'timed'],
  ['anything else', thrown('42601'), undefined, 'SOURCE_QUERY', 'manual'],
];

describe('toSourceError', () => {
  it.each(CASES)('classifies %s', (_what, error, context, code, retry) => {
    const classified = toSourceError(error, context);
    expect({ code: classified.code, retry: classified.retry }).toEqual({ code, retry });
    expect(classified.cause).toBe(error);
  });

  it('tells who holds a slot, in any language', () => {
    const english = thrown('55006', 'replication slot "gausscast_7" is active for PID 4711');
    const german = thrown('55006', 'Replikations-Slot „gausscast_7“ ist aktiv für PID 4711');
    expect(toSourceError(english).data).toMatchObject({ pid: 4711, sourceCode: '55006' });
    expect(toSourceError(german).data).toMatchObject({ pid: 4711 });
    expect(toSourceError(english).code).toBe('SLOT_IN_USE');
  });

  it.each([
    ['28000', 'The account is not within the period of validity.', 'VALID UNTIL'],
    ['28000', 'Forbid remote connection with initial user.', 'another user'],
    ['28000', 'no pg_hba.conf entry for replication connection from host "h"', 'database replication'],
    ['28P02', 'Please use "ALTER ROLE user_name IDENTIFIED BY …', 'IDENTIFIED BY'],
    ['22023', GENERAL_PORT, 'source.replicationPort'],
    ['57P03', HA_PORT, 'source.port is the HA port'],
  ])('knows the cure of openGauss %s %s', (code, message, cure) => {
    expect(toSourceError(thrown(code, message)).hint).toContain(cure);
  });

  it('does not read the text where the server names the routine', () => {
    const error = thrown('42704', 'publication "x" does not exist', 'ReplicationSlotAcquire');
    expect(toSourceError(error, 'reading slot x').code).toBe('SLOT_LOST');
  });

  it('passes a CdcError through', () => {
    const error = new CdcError('SLOT_LOST', 'gone');
    expect(toSourceError(error, 'context')).toBe(error);
  });

  it('shows every address that was tried when a name has several', () => {
    const each = [new Error('connect ECONNREFUSED ::1:5432'), new Error('connect ECONNREFUSED 127.0.0.1:5432')];
    const error = Object.assign(new AggregateError(each), { code: 'ECONNREFUSED' });
    expect(toSourceError(error, 'cannot connect').message).toBe(
      'cannot connect: connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127.0.0.1:5432',
    );
  });
});
