import { connect, createServer } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../scripts/services/ports.ts';
import type { KafkaEndpoint } from '../../src/domain/endpoints.ts';
import type { CheckResult } from '../../src/domain/task.ts';
import { createKafkaDriver } from '../../src/sink/kafka/driver.ts';
import type { TargetPrecheckRequest } from '../../src/sink/sink.ts';
import { readAll } from '../support/consume.ts';
import { privateKafka } from '../support/servers.ts';
import { openSession, plainEndpoint, topicPlan } from '../support/sink-harness.ts';

const driver = createKafkaDriver();
const WRITE = 4;
const DESCRIBE = 8;
const TOPIC = 2;
const LITERAL = 3;
const ALLOW = 3;

let kafka: Awaited<ReturnType<typeof privateKafka>>;
let saslPort: number;

/** A broker with a plain listener whose clients may do everything and a SASL listener with rights. */
beforeAll(async () => {
  saslPort = await freePort();
  const [port, controllerPort] = [await freePort(), await freePort()];
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  kafka = await privateKafka({
    port,
    settings: {
      'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
      listeners: `PLAINTEXT://127.0.0.1:${port},SASL_PLAINTEXT://127.0.0.1:${saslPort},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SASL_PLAINTEXT://127.0.0.1:${saslPort}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.sasl_plaintext.plain.sasl.jaas.config': `${login} user_admin="admin-secret" user_limited="limited-secret";`,
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS;User:admin',
    },
  });
  const session = await openSession(driver, plainEndpoint([kafka.bootstrap]));
  for (const topic of ['writable', 'readable']) await session.session.openTopic(topicPlan(topic, 2));
  await session.session.close();
  const admin = new Kafka({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const grant = (resourceName: string, operation: number) => ({
    resourceType: TOPIC,
    resourceName,
    resourcePatternType: LITERAL,
    principal: 'User:limited',
    host: '*',
    operation,
    permissionType: ALLOW,
  });
  await admin.createAcls({ acl: [grant('writable', WRITE), grant('writable', DESCRIBE), grant('readable', DESCRIBE)] });
  await admin.disconnect();
});

afterAll(() => kafka?.[Symbol.asyncDispose]());

function sasl(username: string, password: string, more: Partial<KafkaEndpoint> = {}): KafkaEndpoint {
  return {
    brokers: [`127.0.0.1:${saslPort}`],
    securityProtocol: 'SASL_PLAINTEXT',
    sasl: { mechanism: 'PLAIN', username, password },
    compression: 'none',
    ...more,
  };
}

type PlannedTopic = TargetPrecheckRequest['topics'][number];

function planned(name: string, more: Partial<PlannedTopic['plan']> = {}, tables = [`public.${name}`]): PlannedTopic {
  return { plan: topicPlan(name, 1, more), tables, sharedOnPurpose: false };
}

async function precheck(
  endpoint: KafkaEndpoint,
  ...topics: readonly PlannedTopic[]
): Promise<Record<string, CheckResult>> {
  const checks = await driver.precheck({ endpoint, clientId: 'precheck-test', topics });
  return Object.fromEntries(checks.map((check) => [check.id, check]));
}

describe('the precheck of the target', () => {
  it('passes for topics that exist and topics that can be created, and writes nothing', async () => {
    const checks = await precheck(
      sasl('admin', 'admin-secret'),
      planned('writable'),
      planned('new', { config: { 'retention.ms': '1000' } }),
    );
    expect(Object.values(checks).map(({ status }) => status)).toEqual(Array(6).fill('PASSED'));
    expect(checks['kafka-produce']?.message).toContain('Not proven for 1 topic');
    expect(await readAll(['writable'], { bootstrap: kafka.bootstrap })).toEqual([]);
    const admin = new Kafka({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    expect(await admin.listTopics()).not.toContain('new');
    await admin.disconnect();
  });

  it('proves the permission to publish of a principal with few rights', async () => {
    const checks = await precheck(sasl('limited', 'limited-secret'), planned('writable'));
    expect(checks['kafka-produce']).toMatchObject({ status: 'PASSED' });
    expect(checks['kafka-topics']).toMatchObject({ status: 'PASSED' });
  });

  it('fails where the principal may see a topic but not publish to it', async () => {
    const checks = await precheck(sasl('limited', 'limited-secret'), planned('writable'), planned('readable'));
    expect(checks['kafka-produce']).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining('readable: TOPIC_AUTHORIZATION_FAILED'),
      sql: [expect.stringContaining('--topic readable')],
    });
  });

  it('fails where the principal may not see or create a topic', async () => {
    const checks = await precheck(sasl('limited', 'limited-secret'), planned('writable'), planned('hidden'));
    expect(checks['kafka-topics']).toMatchObject({
      status: 'FAILED',
      cause: expect.stringContaining('hidden: not permitted'),
    });
  });

  it('fails for a missing topic, too many replicas, wrong settings and a wrong name, and tells each', async () => {
    const checks = await precheck(
      plainEndpoint([kafka.bootstrap]),
      planned('absent', { create: false }),
      planned('thrice', { replicationFactor: 3 }),
      planned('odd', { config: { 'retention.ms': 'soon' } }),
      planned('sla/sh'),
      planned('writable', { knownPartitions: 5 }),
    );
    const topics = checks['kafka-topics'];
    expect(topics?.status).toBe('FAILED');
    for (const text of [
      'absent does not exist',
      'replication factor 3, but 1 broker',
      'retention.ms',
      '"sla/sh" is no legal',
      'the task has used 5',
    ]) {
      expect(topics?.cause).toContain(text);
    }
    expect(topics?.sql?.[0]).toContain('--create --topic absent --partitions 1 --replication-factor 1');
  });

  it('tells wrong credentials from a server that is not there', async () => {
    const wrong = await precheck(sasl('admin', 'wrong-secret'), planned('writable'));
    expect(wrong['kafka-reachable']?.status).toBe('PASSED');
    expect(wrong['kafka-login']).toMatchObject({ status: 'FAILED' });
    expect(JSON.stringify(wrong)).not.toContain('wrong-secret');
    const dead = await precheck(plainEndpoint([`127.0.0.1:${await freePort()}`]), planned('writable'));
    expect(dead['kafka-reachable']).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('ECONNREFUSED') });
  });

  it('fails for the wrong security protocol', async () => {
    for (const securityProtocol of ['PLAINTEXT', 'SASL_SSL'] as const) {
      const checks = await precheck(sasl('admin', 'admin-secret', { securityProtocol }), planned('writable'));
      expect(Object.values(checks).map(({ status }) => status)).toContain('FAILED');
    }
  });

  it('tests a connection without topics', async () => {
    const good = await driver.testConnection(sasl('admin', 'admin-secret'), 'c');
    expect(good.map(({ id, status }) => [id, status])).toEqual([
      ['kafka-reachable', 'PASSED'],
      ['kafka-login', 'PASSED'],
    ]);
  });

  it('tries wrong credentials once only, for a session and for a precheck', async () => {
    let connections = 0;
    const counting = createServer((client) => {
      connections++;
      const upstream = connect(saslPort, '127.0.0.1');
      client.pipe(upstream).pipe(client);
      for (const socket of [client, upstream]) socket.on('error', () => {});
    });
    const port = await new Promise<number>((resolve) => {
      counting.listen(0, '127.0.0.1', () => resolve((counting.address() as { port: number }).port));
    });
    const brokers = [`127.0.0.1:${port}`, `127.0.0.1:${port}`];
    const endpoint = sasl('admin', 'nope', { brokers });
    await expect(openSession(driver, endpoint)).rejects.toMatchObject({ code: 'KAFKA_AUTH', retry: 'never' });
    expect(connections).toBe(1);
    await precheck(endpoint, planned('writable'));
    expect(connections).toBe(2);
    counting.close();
  });
});
