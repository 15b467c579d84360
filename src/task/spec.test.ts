import { describe, expect, it } from 'vitest';
import { CdcError, type FieldError } from '../domain/errors.ts';
import { mergePatch } from './merge-patch.ts';
import {
  createSpecJsonSchema,
  parseSource,
  parseSpec,
  parseTarget,
  toKafkaEndpoint,
  toSourceEndpoint,
} from './spec.ts';

const MINIMAL = {
  name: 'orders-to-kafka',
  source: { dialect: 'postgres', host: '127.0.0.1', port: 5432, database: 'shop', username: 'cdc', password: 's3cret' },
  objects: { include: ['public.*'] },
  target: { brokers: ['127.0.0.1:9092'] },
};
const withChange = (change: unknown) => mergePatch(MINIMAL, change);

function faultsOf(run: () => unknown): readonly FieldError[] {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(CdcError);
    expect(error).toMatchObject({ code: 'SPEC_INVALID', http: 422 });
    return (error as CdcError).fields;
  }
  return [];
}

const faults = (change: unknown) => faultsOf(() => parseSpec(withChange(change)));
const paths = (change: unknown) => faults(change).map((fault) => fault.path);

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
      source: { port: 70_000, database: null, dialect: 'gaussdb' },
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

describe('the rules of DRS', () => {
  it.each(['abc', '1abc', 'a b c d', 'ä-task', 'x'.repeat(51), '-abcd'])('refuse the name %s', (name) => {
    expect(paths({ name })).toEqual(['name']);
  });

  it.each(['abcd', 'A-1_x', 'x'.repeat(50)])('take the name %s', (name) => {
    expect(faults({ name })).toEqual([]);
  });

  it('limit description and tags', () => {
    for (const character of '!=<>&\'"\\') expect(paths({ description: `a${character}b` })).toEqual(['description']);
    expect(paths({ description: 'x'.repeat(257) })).toEqual(['description']);
    expect(faults({ description: 'Größe (x); y, z' })).toEqual([]);
    const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, '']));
    expect(paths({ tags: tags(21) })).toEqual(['tags']);
    expect(faults({ tags: tags(20) })).toEqual([]);
  });

  it.each(['', '1slot', 'Slot', 'my-slot', 'x'.repeat(64)])('refuse the slot name <%s>', (name) => {
    expect(paths({ source: { slot: { name } } })).toEqual(['source.slot.name']);
  });

  it('take brokers one by one or comma separated', () => {
    expect(
      parseSpec(withChange({ target: { brokers: ['a:1, b.example:65535', '[::1]:9092'] } })).target.brokers,
    ).toEqual(['a:1', 'b.example:65535', '[::1]:9092']);
  });

  it.each(['kafka', 'kafka:0', 'kafka:65536', ':9092', 'http://kafka:9092', 'a b:1', '::1:9092', 'a:1,'])(
    'refuse the broker <%s>',
    (broker) => {
      expect(paths({ target: { brokers: [broker] } })[0]).toMatch(/^target\.brokers\[\d\]$/);
    },
  );

  it('take at most ten brokers and at least one', () => {
    expect(paths({ target: { brokers: [Array.from({ length: 11 }, (_, i) => `h${i}:1`).join(',')] } })).toEqual([
      'target.brokers',
    ]);
    expect(paths({ target: { brokers: [] } })).toEqual(['target.brokers']);
  });
});

describe('objects and routing', () => {
  it('refuse malformed patterns with their place', () => {
    expect(paths({ objects: { include: ['public.*', 'orders'], exclude: ['a.b.c'] } })).toEqual([
      'objects.include[1]',
      'objects.exclude[0]',
    ]);
    expect(paths({ objects: { include: [] } })).toEqual(['objects.include']);
  });

  it.each([
    [{ policy: 'fixed' }, 'routing.topic.name'],
    [{ policy: 'fixed', name: 'a b' }, 'routing.topic.name'],
    [{ policy: 'fixed', name: 'a', template: '${table}' }, 'routing.topic.template'],
    [{ name: 'a' }, 'routing.topic.name'],
    [{ template: '${tabel}' }, 'routing.topic.template'],
    [{ partitions: 0 }, 'routing.topic.partitions'],
    [{ replicationFactor: 0 }, 'routing.topic.replicationFactor'],
    [{ policy: 'fixd', name: 'a' }, 'routing.topic.policy'],
  ])('refuse the topic %j', (topic, path) => {
    expect(paths({ routing: { topic } })).toEqual([path]);
  });

  it('let a patch switch from the default template to a fixed topic', () => {
    const patched = mergePatch(parseSpec(MINIMAL), { routing: { topic: { policy: 'fixed', name: 'all' } } });
    expect(parseSpec(patched).routing.topic).toEqual({
      policy: 'fixed',
      name: 'all',
      partitions: 3,
      replicationFactor: 1,
      config: {},
    });
  });
});

describe('the security of the target', () => {
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' };

  it.each([
    [{ securityProtocol: 'SASL_SSL' }, ['target.sasl']],
    [{ securityProtocol: 'PLAINTEXT', sasl }, ['target.sasl']],
    [{ sasl }, ['target.sasl']],
    [{ securityProtocol: 'SSL', sasl }, ['target.sasl']],
    [{ securityProtocol: 'SASL_PLAINTEXT', sasl, ssl: { ca: 'x' } }, ['target.ssl']],
    [{ securityProtocol: 'SASL_SSL', sasl: { mechanism: 'PLAIN', username: 'u' } }, ['target.sasl.password']],
    [{ securityProtocol: 'SSL', ssl: { cert: 'x' } }, ['target.ssl.key']],
    [{ securityProtocol: 'TLS', sasl }, ['target.securityProtocol']],
  ])('is consistent: %j', (target, expected) => {
    expect(paths({ target })).toEqual(expected);
  });

  it('becomes an endpoint', () => {
    const target = parseTarget({
      brokers: ['k:9093'],
      securityProtocol: 'SASL_SSL',
      sasl,
      ssl: { ca: 'PEM' },
      clientProperties: { 'compression.type': 'gzip' },
    });
    expect(toKafkaEndpoint(target)).toEqual({
      brokers: ['k:9093'],
      securityProtocol: 'SASL_SSL',
      sasl,
      ssl: { ca: 'PEM', rejectUnauthorized: true },
      compression: 'gzip',
    });
    expect(toKafkaEndpoint(parseTarget({ brokers: ['k:9092'] }))).toMatchObject({ compression: 'none' });
  });
});

describe('options of later versions', () => {
  it.each([
    [{ source: { dialect: 'opengauss' } }, 'source.dialect'],
    [{ source: { nodes: [{ name: 'a', host: 'b', port: 1 }] } }, 'source.nodes'],
    [{ source: { addressMap: { a: 'b' } } }, 'source.addressMap'],
    [{ source: { decoding: { plugin: 'mppdb_decoding' } } }, 'source.decoding.plugin'],
    [{ objects: { autoAdd: true } }, 'objects.autoAdd'],
    [{ envelope: { format: 'debezium-json' } }, 'envelope.format'],
    [{ envelope: { key: 'string' } }, 'envelope.key'],
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

  it('that the format does not know are an error', () => {
    expect(faults({ envelope: { format: 'drs-json', tombstones: true } })).toMatchObject([
      { path: 'envelope.tombstones', code: 'not_applicable' },
    ]);
  });
});

describe('a section by itself', () => {
  it('has paths relative to itself', () => {
    const { password: _, ...source } = MINIMAL.source;
    expect(
      faultsOf(() => parseSource({ ...source, dialect: 'gaussdb', prot: 1 }))
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
