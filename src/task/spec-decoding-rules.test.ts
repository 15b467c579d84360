import { describe, expect, it } from 'vitest';
import { faults, MINIMAL, withChange } from '../../test/support/spec-faults.ts';
import { parseSpec, toDecoding, toHeartbeat } from './spec.ts';
import { readsPublication } from './spec-decoding-rules.ts';

const og = (source: object) => ({ source: { dialect: 'opengauss', ...source } });

describe('source.decoding', () => {
  it.each([
    [og({})],
    [og({ decoding: { mode: 'parallel', style: 'json', batch: false, parallelism: 20, options: { x: 1 } } })],
    [og({ decoding: { mode: 'serial', options: { 'max-txn-in-memory': 10 } } })],
    [og({ decoding: { plugin: 'pgoutput', mode: 'serial' }, publication: 'p' })],
    [og({ heartbeat: { create: true } })],
    [{ source: { dialect: 'gaussdb', replicationPort: 8001 } }],
  ])('takes %j', (change) => {
    expect(faults(change)).toEqual([]);
  });

  it.each([
    [og({ decoding: { mode: 'serial', style: 'json' } }), 'source.decoding.style'],
    [og({ decoding: { mode: 'serial', parallelism: 4 } }), 'source.decoding.parallelism'],
    [og({ decoding: { plugin: 'pgoutput', mode: 'parallel' } }), 'source.decoding.mode'],
    [og({ decoding: { plugin: 'pgoutput', batch: true } }), 'source.decoding.batch'],
    [og({ decoding: { options: { 'decode-style': 'j' } } }), 'source.decoding.options["decode-style"]'],
    [og({ publication: 'p' }), 'source.publication'],
    [{ source: { decoding: { plugin: 'mppdb_decoding' } } }, 'source.decoding.plugin'],
    [{ source: { decoding: { mode: 'serial' } } }, 'source.decoding.mode'],
    [{ source: { heartbeat: { create: true } } }, 'source.heartbeat'],
  ])('refuses %j', (change, path) => {
    expect(faults(change)).toMatchObject([{ path, code: 'not_applicable' }]);
  });

  it('refuses one decoder thread: that is mode serial', () => {
    expect(faults(og({ decoding: { parallelism: 1 } }))).toMatchObject([{ path: 'source.decoding.parallelism' }]);
  });
});

describe('a parsed source', () => {
  it('writes options as the server takes them, and fills in the heartbeat', () => {
    const options = { 'max-txn-in-memory': 10, 'only-local': true, 'include-user': false, a: 'b' };
    const { source } = parseSpec(withChange(og({ decoding: { options } })));
    expect(toDecoding(source)).toEqual({
      options: { 'max-txn-in-memory': '10', 'only-local': 'on', 'include-user': 'off', a: 'b' },
    });
    expect(toHeartbeat(source)).toEqual({ schema: 'public', create: false, intervalMs: 10_000 });
  });

  it('tells whether a publication is read', () => {
    expect(readsPublication(MINIMAL.source)).toBe(true);
    expect(readsPublication({ dialect: 'opengauss' })).toBe(false);
    expect(readsPublication({ dialect: 'opengauss', decoding: { plugin: 'pgoutput' } })).toBe(true);
  });
});
