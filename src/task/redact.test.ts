import { describe, expect, it } from 'vitest';
import { redactSpec, secretValues } from './redact.ts';
import type { TaskSpec } from './spec.ts';

/** Every place of the contract where a secret may stand, also those that this version refuses. */
const SPEC = {
  name: 'orders',
  tags: { team: 'core' },
  source: {
    dialect: 'postgres',
    host: 'h',
    port: 5432,
    database: 'd',
    username: 'u',
    password: 'secret-1',
    tls: { mode: 'verify-full', ca: 'ca', cert: 'cert', key: 'secret-2' },
    slot: { dropOnStop: true },
  },
  objects: { include: ['public.*'], autoAdd: false },
  target: {
    type: 'kafka',
    brokers: ['k:9092'],
    securityProtocol: 'SASL_SSL',
    sasl: { mechanism: 'PLAIN', username: 'u', password: 'secret-3', clientSecret: 'secret-4' },
    ssl: {
      key: 'secret-5',
      truststore: { path: 'f', type: 'JKS', password: 'secret-6' },
      keystore: { path: 'f', type: 'PKCS12', password: 'secret-7' },
      rejectUnauthorized: true,
    },
  },
  envelope: {
    format: 'avro',
    registry: {
      url: 'http://r',
      basic: { username: 'u', password: 'secret-8' },
      bearer: 'secret-9',
      tls: { key: 'secret-10' },
    },
  },
} as unknown as TaskSpec;

describe('redactSpec', () => {
  it('leaves out every secret and keeps the rest', () => {
    const shown = redactSpec(SPEC);
    expect(JSON.stringify(shown)).not.toContain('secret-');
    expect(shown).toMatchObject({
      tags: { team: 'core' },
      source: { username: 'u', tls: { ca: 'ca', cert: 'cert' }, slot: { dropOnStop: true } },
      objects: { include: ['public.*'] },
      target: { sasl: { username: 'u' }, ssl: { truststore: { path: 'f' } } },
      envelope: { registry: { url: 'http://r', basic: { username: 'u' } } },
    });
    expect(shown.source).not.toHaveProperty('password');
  });

  it('leaves out what the schema does not know', () => {
    const spec = { ...SPEC, source: { ...SPEC.source, newSecret: 'secret-11' } } as TaskSpec;
    expect(JSON.stringify(redactSpec(spec))).not.toContain('secret-11');
  });
});

describe('secretValues', () => {
  it('lists every secret, longest first', () => {
    const values = secretValues(SPEC);
    expect([...values].sort()).toEqual(Array.from({ length: 10 }, (_, i) => `secret-${i + 1}`).sort());
    expect(values[0]).toBe('secret-10');
  });
});
