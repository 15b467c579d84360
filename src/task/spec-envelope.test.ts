import { describe, expect, it } from 'vitest';
import { faults, withChange } from '../../test/support/spec-faults.ts';
import { parseSpec } from './spec.ts';

describe('options of a format', () => {
  it.each([
    { format: 'drs-json', key: 'string' },
    { format: 'drs-json-c', unavailable: 'omit' },
    { format: 'canal-json', key: 'default', binaryHandling: 'hex', unavailable: 'placeholder', unavailableValue: '?' },
    {
      format: 'flat-json',
      key: 'string',
      decimalHandling: 'double',
      timePrecision: 'isostring',
      binaryHandling: 'bytes',
      hstoreHandling: 'map',
      intervalHandling: 'numeric',
      tombstones: true,
      unwrap: { op: '__op', deleted: '__deleted', dorisDeleteSign: true, sourceFields: ['lsn', 'source.ts_ms'] },
    },
    { format: 'flat-json', tombstones: false, unwrap: { op: '__op' } },
    { format: 'flat-json', unwrap: {} },
    { format: 'doris-multi-table', unwrap: { deleted: 'gone', sourceFields: ['id'] } },
  ])('are taken as they are: %j', (envelope) => {
    expect(parseSpec(withChange({ envelope })).envelope).toEqual(envelope);
  });

  it.each([
    [{ tombstones: false }, 'envelope.tombstones'],
    [{ format: 'drs-json', tombstones: true }, 'envelope.tombstones'],
    [{ format: 'drs-json', schemas: false }, 'envelope.schemas'],
    [{ format: 'drs-json-c', unwrap: { op: '__op' } }, 'envelope.unwrap.op'],
    [{ format: 'canal-json', tombstones: true }, 'envelope.tombstones'],
    [{ format: 'canal-json', unwrap: {} }, 'envelope.unwrap'],
    [{ format: 'canal-json', registry: { url: 'http://127.0.0.1:8081' } }, 'envelope.registry.url'],
    [{ format: 'flat-json', schemas: true }, 'envelope.schemas'],
    [{ format: 'doris-multi-table', tombstones: false }, 'envelope.tombstones'],
    [{ format: 'doris-multi-table', unwrap: { dorisDeleteSign: true } }, 'envelope.unwrap.dorisDeleteSign'],
  ])('that it does not know are an error: %j', (envelope, path) => {
    expect(faults({ envelope })).toEqual([
      {
        path,
        code: 'not_applicable',
        message: expect.stringMatching(/^format \S+ has no such option; it knows key, /),
      },
    ]);
  });

  it.each(['debezium', 'avro'])('have values that it does not take: key %s', (key) => {
    expect(faults({ envelope: { format: 'flat-json', key } })).toEqual([
      { path: 'envelope.key', code: 'not_applicable', message: 'format flat-json takes default, string' },
    ]);
  });

  it('must leave a trace of a delete', () => {
    expect(faults({ envelope: { format: 'flat-json', tombstones: false } })).toMatchObject([
      { path: 'envelope.tombstones', code: 'conflict' },
    ]);
  });

  it('name facts of the change that there are', () => {
    expect(faults({ envelope: { format: 'flat-json', unwrap: { sourceFields: ['lsn', 'tsms', 'xyzzyx'] } } })).toEqual([
      {
        path: 'envelope.unwrap.sourceFields[1]',
        code: 'unknown_field',
        message: 'unknown field "tsms"; did you mean "ts_ms"?',
      },
      {
        path: 'envelope.unwrap.sourceFields[2]',
        code: 'unknown_field',
        message: expect.stringContaining('known are db, schema, table, id, txId, lsn'),
      },
    ]);
  });

  it.each([
    [{ format: 'flat-json', unwrap: { op: 'x', deleted: 'x' } }, 'envelope.unwrap.op'],
    [{ format: 'flat-json', unwrap: { op: '__lsn', sourceFields: ['lsn'] } }, 'envelope.unwrap.sourceFields[0]'],
    [{ format: 'flat-json', unwrap: { sourceFields: ['lsn', 'lsn'] } }, 'envelope.unwrap.sourceFields[1]'],
    [
      { format: 'flat-json', unwrap: { op: '__DORIS_DELETE_SIGN__', dorisDeleteSign: true } },
      'envelope.unwrap.dorisDeleteSign',
    ],
    [{ format: 'doris-multi-table', unwrap: { op: '__deleted' } }, 'envelope.unwrap.op'],
  ])('give each member a name of its own: %j', (envelope, path) => {
    expect(faults({ envelope })).toMatchObject([{ path, code: 'conflict' }]);
  });

  it('are not judged for a format that is not on offer', () => {
    expect(faults({ envelope: { format: 'protobuf', tombstones: true } })).toMatchObject([{ path: 'envelope.format' }]);
  });
});
