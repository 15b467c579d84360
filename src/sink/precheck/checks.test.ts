import { describe, expect, it } from 'vitest';
import { CdcError } from '../../domain/errors.ts';
import { checkCollisions } from './collisions.ts';
import type { TopicReport } from './facts.ts';
import { checkPermission } from './permission.ts';
import { checkReplication } from './replication.ts';
import { checkTopics } from './topics.ts';

function report(name: string, more: Partial<TopicReport> = {}): TopicReport {
  const plan = { name, partitions: 3, replicationFactor: 1, config: {}, create: true, knownPartitions: null };
  const facts = { code: 0, partitions: 3, replicationFactor: 3 };
  return { plan, tables: [`public.${name}`], sharedOnPurpose: false, facts, creation: null, produce: 87, ...more };
}

const missing = { code: 3, partitions: 0, replicationFactor: 0 };
const target = (brokers: number, ...topics: TopicReport[]) => ({ brokers, topics, idempotence: null });

describe('checkCollisions', () => {
  it('names the tables that would land on one topic by accident', () => {
    const both = report('t', { tables: ['public.a b', 'public.a_b'] });
    expect(checkCollisions([both])).toMatchObject({ status: 'FAILED', cause: 'public.a b and public.a_b map to t' });
    expect(checkCollisions([report('t', { tables: ['x.a'] }), report('t', { tables: ['y.a'] })]).status).toBe('FAILED');
    expect(checkCollisions([report('t', { tables: ['x.a', 'y.a'], sharedOnPurpose: true })]).status).toBe('PASSED');
  });

  it('alarms for names that differ only in dot and underscore', () => {
    const check = checkCollisions([report('shop.a_b'), report('shop.a.b'), report('shop.c')]);
    expect(check).toMatchObject({ status: 'ALARM', cause: expect.stringContaining('shop.a_b and shop.a.b') });
  });
});

describe('checkReplication', () => {
  it('alarms for a single copy on three or more brokers, also of existing topics', () => {
    const single = report('old', { facts: { code: 0, partitions: 1, replicationFactor: 1 } });
    expect(checkReplication(target(3, single, report('new', { facts: missing }), report('good')))).toMatchObject({
      status: 'ALARM',
      cause: expect.stringContaining('old, new:'),
    });
    expect(checkReplication(target(2, single)).status).toBe('PASSED');
    expect(checkReplication(target(3, report('good'))).status).toBe('PASSED');
  });
});

describe('checkTopics', () => {
  it('gives the broker its say when it would not create a topic', () => {
    const creation = { code: 44, text: 'Topics need an owner' };
    const check = checkTopics(target(3, report('new', { facts: missing, creation })));
    expect(check).toMatchObject({ status: 'FAILED', cause: 'new cannot be created: Topics need an owner' });
  });

  it('counts what exists and what will be created', () => {
    const creation = { code: 0, text: null };
    const check = checkTopics(target(1, report('old'), report('new', { facts: missing, creation })));
    expect(check).toMatchObject({
      status: 'PASSED',
      message: 'Existing topics, used as they are: 1; to be created: 1.',
    });
  });
});

describe('checkPermission', () => {
  it('alarms where nothing is proven', () => {
    const produce = new CdcError('KAFKA_SESSION_ENDED', 'no leader now');
    const check = checkPermission(target(1, report('t', { produce })));
    expect(check).toMatchObject({ status: 'ALARM', cause: 't: no leader now' });
  });

  it('fails without a producer id', () => {
    const idempotence = new CdcError('KAFKA_PERMISSION', 'CLUSTER_AUTHORIZATION_FAILED');
    expect(checkPermission({ ...target(1, report('t')), idempotence })).toMatchObject({ status: 'FAILED' });
  });
});
