import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type KafkaListeners = {
  port: number;
  controllerPort: number;
  /** A second client listener on `port` that tells clients to come to `advertisedPort`, where a test's proxy listens. */
  proxied?: { port: number; advertisedPort: number };
};

/** server.properties of a node that is broker and controller; `settings` win. */
export function serverProperties(
  nodeId: number,
  dataFolder: string,
  listeners: KafkaListeners,
  settings: Record<string, string>,
): string {
  const client = [`PLAINTEXT://127.0.0.1:${listeners.port}`];
  const advertised = [...client];
  if (listeners.proxied) {
    client.push(`PROXIED://127.0.0.1:${listeners.proxied.port}`);
    advertised.push(`PROXIED://127.0.0.1:${listeners.proxied.advertisedPort}`);
  }
  const properties: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': String(nodeId),
    'controller.quorum.voters': `${nodeId}@127.0.0.1:${listeners.controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: [...client, `CONTROLLER://127.0.0.1:${listeners.controllerPort}`].join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': dataFolder,
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    // 50 partitions by default, whose creation delays the first consumer by seconds.
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    ...settings,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Formats the data folder for a cluster of its own; does nothing when that is done. */
export function formatStorage(java: string, classpath: string, propertiesFile: string, dataFolder: string): void {
  if (existsSync(join(dataFolder, 'meta.properties'))) return;
  rmSync(dataFolder, { recursive: true, force: true });
  // A cluster id is 16 bytes in URL-safe base64; one that starts with "-" would be taken for an option.
  const clusterId = `A${randomBytes(16).toString('base64url').slice(1)}`;
  const args = ['-cp', classpath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', propertiesFile];
  const result = spawnSync(java, args, { encoding: 'utf8' });
  if (result.status !== 0) {
    rmSync(dataFolder, { recursive: true, force: true });
    throw new Error(`Kafka's storage could not be formatted:\n${result.stdout}\n${result.stderr}`, {
      cause: result.error,
    });
  }
}

export function writeProperties(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
}
