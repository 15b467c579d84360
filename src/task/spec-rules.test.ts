import { describe, expect, it } from 'vitest';
import { faults, MINIMAL, paths, withChange } from '../../test/support/spec-faults.ts';
import { mergePatch } from './merge-patch.ts';
import { parseSpec, parseTarget, toKafkaEndpoint } from './spec.ts';

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
