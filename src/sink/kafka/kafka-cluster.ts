import { CdcError } from '../../domain/errors.ts';
import { NO_LEADER, NO_PARTITION } from '../channel.ts';
import { CODE } from '../kafka-codes.ts';
import { type Address, parseBroker } from './client-options.ts';
import { type ConnectionSettings, KafkaConnection } from './kafka-connection.ts';
import type { MetadataAnswer, TopicMetadata } from './kafkajs-internals.ts';
import { fetchMetadata } from './metadata.ts';

/** Brokers, their connections, and who leads which partition, by the metadata last fetched. */
export class KafkaCluster {
  readonly #settings: ConnectionSettings;
  readonly #seeds: readonly Address[];
  #nextSeed = 0;
  #seedConnection: KafkaConnection | null = null;
  readonly #addresses = new Map<number, Address>();
  /** Connections asked for, and those of them that came about. */
  readonly #connections = new Map<number, Promise<KafkaConnection>>();
  readonly #opened = new Map<number, KafkaConnection>();
  readonly #leaders = new Map<string, Int32Array>();
  #isClosed = false;
  clusterId: string | null = null;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
    this.#seeds = settings.endpoint.brokers.map(parseBroker);
  }

  get brokerCount(): number {
    return this.#addresses.size;
  }

  /** NO_PARTITION also for a topic that was never asked for. */
  leaderOf(topic: string, partition: number): number {
    return this.#leaders.get(topic)?.[partition] ?? NO_PARTITION;
  }

  /** Fetches metadata from any broker that answers, known ones first. Errors: those of the last broker tried. */
  async metadata(topics: readonly string[]): Promise<MetadataAnswer> {
    const answer = await this.withAny((connection) => fetchMetadata(connection, topics));
    this.clusterId = answer.clusterId;
    this.#learnBrokers(answer);
    for (const topic of answer.topicMetadata) this.#learnLeaders(topic);
    return answer;
  }

  /** Runs `use` on a connection to any broker; goes on to the next broker when one cannot be reached. */
  async withAny<T>(use: (connection: KafkaConnection) => Promise<T>): Promise<T> {
    let last: CdcError | null = null;
    for (const connect of this.#candidates()) {
      try {
        return await use(await connect());
      } catch (error) {
        // Only what another broker may do better: wrong credentials are wrong everywhere, and are not tried twice.
        if (!(error instanceof CdcError) || error.code !== 'KAFKA_UNREACHABLE' || this.#isClosed) throw error;
        last = error;
      }
    }
    throw last ?? new CdcError('KAFKA_UNREACHABLE', 'no broker is known');
  }

  /** The open connection to a broker, made anew when there is none. */
  node(id: number): Promise<KafkaConnection> {
    const address = this.#addresses.get(id);
    if (address === undefined)
      return Promise.reject(new CdcError('KAFKA_UNREACHABLE', `broker ${id} left the cluster`));
    return this.#reuse(id) ?? this.#connect(id, address);
  }

  /** Closes all connections at once. */
  close(): void {
    this.#isClosed = true;
    this.#seedConnection?.close();
    for (const connection of this.#connections.values()) closeWhenOpen(connection);
    this.#connections.clear();
  }

  #candidates(): (() => Promise<KafkaConnection>)[] {
    const ids = [...this.#addresses.keys()];
    const open = ids.filter((id) => this.#opened.has(id));
    const rest = ids.filter((id) => !this.#opened.has(id));
    const known = [...open, ...rest].map((id) => () => this.node(id));
    return [...known, ...this.#seeds.map(() => () => this.#seed())];
  }

  #reuse(id: number): Promise<KafkaConnection> | null {
    const opened = this.#opened.get(id);
    if (opened !== undefined && !opened.isOpen) {
      opened.close();
      this.#opened.delete(id);
      this.#connections.delete(id);
    }
    return this.#connections.get(id) ?? null;
  }

  #connect(id: number, address: Address): Promise<KafkaConnection> {
    const connecting = this.#open(address);
    this.#connections.set(id, connecting);
    connecting.then(
      (connection) => this.#opened.set(id, connection),
      () => this.#connections.delete(id),
    );
    return connecting;
  }

  /** Bootstrap connection; each try goes to the next seed. */
  async #seed(): Promise<KafkaConnection> {
    if (this.#seedConnection?.isOpen) return this.#seedConnection;
    this.#seedConnection?.close();
    const seed = this.#seeds[this.#nextSeed++ % this.#seeds.length]!;
    this.#seedConnection = await this.#open(seed);
    return this.#seedConnection;
  }

  async #open(address: Address): Promise<KafkaConnection> {
    const connection = await KafkaConnection.open(address, this.#settings);
    if (this.#isClosed) connection.close();
    return connection;
  }

  #learnBrokers(answer: MetadataAnswer): void {
    const seen = new Set<number>();
    for (const { nodeId, host, port } of answer.brokers) {
      seen.add(nodeId);
      const known = this.#addresses.get(nodeId);
      if (known?.host === host && known.port === port) continue;
      this.#forget(nodeId);
      this.#addresses.set(nodeId, { host, port });
    }
    for (const id of [...this.#addresses.keys()]) if (!seen.has(id)) this.#forget(id);
  }

  #forget(id: number): void {
    const connection = this.#connections.get(id);
    if (connection !== undefined) closeWhenOpen(connection);
    this.#connections.delete(id);
    this.#opened.delete(id);
    this.#addresses.delete(id);
  }

  #learnLeaders({ topic, topicErrorCode, partitionMetadata }: TopicMetadata): void {
    if (topicErrorCode === CODE.UNKNOWN_TOPIC) {
      this.#leaders.delete(topic);
      return;
    }
    const leaders = new Int32Array(partitionMetadata.length).fill(NO_LEADER);
    for (const { partitionId, leader } of partitionMetadata)
      if (partitionId < leaders.length) leaders[partitionId] = leader;
    this.#leaders.set(topic, leaders);
  }
}

function closeWhenOpen(connection: Promise<KafkaConnection>): void {
  connection.then(
    (open) => open.close(),
    () => {},
  );
}
