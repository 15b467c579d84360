import { describe, expect, it } from 'vitest';
import { faults, faultsOf, MINIMAL, paths, withChange } from '../../test/support/spec-faults.ts';
import type { CdcError } from '../domain/errors.ts';
import { createSpecJsonSchema, parseSource, parseSpec, parseTarget, toSourceEndpoint } from './spec.ts';

describe('parseSpec', () => {
  it('fills in the defaults of the contract', () => {
    expect(parseSpec(MINIMAL)).toEqual({
      ...MINIMAL,
      source: { ...MINIMAL.source, slot: { dropOnStop: true } },
      objects: { include: ['public.*'], autoAdd: false },
      target: { type: 'kafka', brokers: ['127.0.0.1:9092'], securityProtocol: 'PLAINTEXT' },
      routing: {
        topic: {
          policy: 'auto',
          template: '${database}.${schema}.${table}',
          partitions: 3,
          replicationFactor: 1,
          config: {},
        },
        partition: 'primary-key-hash',
      },
      envelope: { format: 'drs-json' },
      delivery: { guarantee: 'at-least-once' },
      errors: { policy: 'fail', threshold: -1, oversize: 'fail' },
      ddl: 'ignore',
      truncate: 'ignore',
      retry: { maxAttempts: 3, initialDelayMs: 1000, maxDelayMs: 60_000 },
    });
  });

  it('reads its own result unchanged', () => {
    const spec = parseSpec(withChange({ routing: { topic: { policy: 'fixed', name: 'all' } }, tags: { a: 'b' } }));
    expect(parseSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  it('reports every fault at once, schema, rules and support together', () => {
    const change = {
      name: 'x',
      nmae: 'y',
      source: { port: 70_000, database: null, dialect: 'mysql' },
      target: { sasl: { mechanism: 'PLAIN' } },
      routing: { topic: { policy: 'fixed' } },
    };
    expect(paths(change).sort()).toEqual(
      [
        'name',
        'nmae',
        'source.port',
        'source.database',
        'source.dialect',
        'target.sasl',
        'target.sasl.username',
        'target.sasl.password',
        'routing.topic.name',
      ].sort(),
    );
  });

  it.each([
    [{ tagret: {} }, 'tagret', 'target'],
    [{ source: { hots: 'x' } }, 'source.hots', 'host'],
    [{ source: { slot: { droponstop: false } } }, 'source.slot.droponstop', 'dropOnStop'],
    [{ routing: { topic: { replicas: 3 } } }, 'routing.topic.replicas', 'replicationFactor'],
    [{ envelope: { formt: 'drs-json' } }, 'envelope.formt', 'format'],
  ])('names the path of an unknown key and what is known: %j', (change, path, known) => {
    const fault = faults(change)[0]!;
    expect(fault).toMatchObject({ path, code: 'unknown_key' });
    expect(fault.message).toContain(known);
  });

  it.each([null, undefined, 5, 'text', []])('refuses %j as a spec', (input) => {
    expect(faultsOf(() => parseSpec(input))).toHaveLength(1);
  });

  it('never repeats a value that may be a secret', () => {
    const input = withChange({
      source: { passwrd: 'hidden-1', password: ['hidden-2'] },
      target: { ssl: { key: { a: 'hidden-3' } } },
    });
    expect.assertions(2);
    try {
      parseSpec(input);
    } catch (error) {
      expect((error as CdcError).fields.length).toBeGreaterThan(2);
      expect(JSON.stringify([(error as CdcError).message, (error as CdcError).fields])).not.toContain('hidden');
    }
  });
});

describe('options of later versions', () => {
  it.each([
    [{ source: { nodes: [{ name: 'a', host: 'b', port: 1 }] } }, 'source.nodes'],
    [{ source: { addressMap: { a: 'b' } } }, 'source.addressMap'],
    [{ objects: { autoAdd: true } }, 'objects.autoAdd'],
    [{ envelope: { format: 'protobuf' } }, 'envelope.format'],
    [{ delivery: { guarantee: 'exactly-once' } }, 'delivery.guarantee'],
    [{ errors: { policy: 'skip' } }, 'errors.policy'],
    [{ errors: { deadLetterTopic: 'dlq' } }, 'errors.deadLetterTopic'],
    [{ errors: { oversize: 'truncate' } }, 'errors.oversize'],
    [{ ddl: 'emit' }, 'ddl'],
    [{ truncate: 'emit' }, 'truncate'],
    [{ target: { clientProperties: { 'client.id': 'x' } } }, 'target.clientProperties["client.id"]'],
    [{ target: { clientProperties: { 'compression.type': 'zstd' } } }, 'target.clientProperties["compression.type"]'],
    [
      { target: { securityProtocol: 'SSL', ssl: { truststore: { path: 'f', type: 'JKS', password: 'p' } } } },
      'target.ssl.truststore',
    ],
    [{ target: { securityProtocol: 'SASL_SSL', sasl: { mechanism: 'OAUTHBEARER' } } }, 'target.sasl.mechanism'],
  ])('are known and refused with what is offered: %j', (change, path) => {
    expect(faults(change)).toEqual([
      { path, code: 'OPTION_UNSUPPORTED', message: expect.stringContaining('this version') },
    ]);
  });

  it('are not refused where they say what is done anyway', () => {
    const change = {
      source: { decoding: { plugin: 'pgoutput' } },
      objects: { autoAdd: false },
      envelope: { format: 'drs-json', key: 'default' },
      truncate: 'error',
      target: { clientProperties: { 'compression.type': 'none' } },
    };
    expect(faults(change)).toEqual([]);
  });
});

describe('a section by itself', () => {
  it('has paths relative to itself', () => {
    const { password: _, ...source } = MINIMAL.source;
    expect(
      faultsOf(() => parseSource({ ...source, dialect: 'mysql', prot: 1 }))
        .map((fault) => fault.path)
        .sort(),
    ).toEqual(['dialect', 'password', 'prot']);
    expect(faultsOf(() => parseTarget({ brokers: ['a:1'], ssl: {} })).map((fault) => fault.path)).toEqual(['ssl']);
  });

  it('becomes an endpoint of the source', () => {
    expect(toSourceEndpoint(parseSource({ ...MINIMAL.source, replicationPort: 5433 }))).toEqual({
      ...MINIMAL.source,
      replicationPort: 5433,
    });
  });
});

describe('createSpecJsonSchema', () => {
  it('describes the input and marks secrets', () => {
    const text = JSON.stringify(createSpecJsonSchema());
    expect(text).toContain('"secret":true');
    expect(createSpecJsonSchema().$defs?.Source).toMatchObject({ required: expect.not.arrayContaining(['slot']) });
  });
});
