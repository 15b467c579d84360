/**
 * What we use of kafkajs 2.2.4 below its public API, with the types it lacks. The version is pinned exactly and
 * `test/contract/kafkajs-internals.test.ts` holds every assumption made here.
 *
 * Not used on purpose: its Cluster (one unknown topic fails the metadata of all), its producer (own record encoder, own
 * partitioner), and reconnecting of one Connection (bytes of a response cut off by the old socket stay in its buffer).
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';

export interface KafkaJsEncoder {
  writeInt32(value: number): KafkaJsEncoder;
  writeBoolean(value: boolean): KafkaJsEncoder;
  writeArray(values: readonly string[], type: 'string'): KafkaJsEncoder;
  readonly buffer: Buffer;
}

export interface KafkaJsRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly encode: () => Promise<KafkaJsEncoder>;
}

export interface KafkaJsResponse<T> {
  /** Reads the payload; the second step, `parse`, throws kafkajs' errors and is replaced by ours. */
  readonly decode: (payload: Buffer) => Promise<T>;
  readonly parse: (decoded: T) => Promise<T>;
}

export interface KafkaJsExchange<T> {
  readonly request: KafkaJsRequest;
  readonly response: KafkaJsResponse<T>;
}

export interface RequestDefinition<A, T> {
  readonly versions: readonly string[];
  readonly protocol: (choice: { version: number }) => (options: A) => KafkaJsExchange<T>;
}

export interface RequestQueue {
  push(request: {
    entry: QueueEntry;
    expectResponse: boolean;
    requestTimeout: number | null;
    sendRequest: () => void;
  }): void;
  maybeThrottle(ms: number): void;
}

export interface QueueEntry {
  readonly apiKey: number;
  readonly apiName: string;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly resolve: (answer: { payload: Buffer }) => void;
  readonly reject: (error: unknown) => void;
}

export interface KafkaJsConnection {
  readonly socket: Socket;
  readonly requestQueue: RequestQueue;
  readonly clientId: string;
  isConnected(): boolean;
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  nextCorrelationId(): number;
  send<T>(exchange: KafkaJsExchange<T> & { logResponseError: boolean }): Promise<T>;
}

export interface KafkaJsBroker {
  readonly connectionPool: { readonly pool: readonly KafkaJsConnection[] };
  readonly versions: Readonly<Record<number, { minVersion: number; maxVersion: number }>> | null;
  connect(): Promise<void>;
  lookupRequest<A, T>(apiKey: number, definition: RequestDefinition<A, T>): (options: A) => KafkaJsExchange<T>;
}

export interface SocketRequest {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionOptions | null;
  readonly onConnect: () => void;
}

export interface KafkaJsSasl {
  readonly mechanism: string;
  readonly authenticationProvider: SaslProvider;
}

export interface SaslContext {
  readonly saslAuthenticate: (step: unknown) => Promise<unknown>;
}

export type SaslProvider = (context: SaslContext) => { authenticate(): Promise<void> };

export interface ConnectionPoolOptions {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionOptions | null;
  readonly sasl: KafkaJsSasl | null;
  readonly clientId: string;
  readonly socketFactory: (request: SocketRequest) => Socket;
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  readonly maxInFlightRequests: number | null;
  readonly logger: KafkaJsLogger;
}

export interface KafkaJsLogger {
  namespace(name: string): KafkaJsLogger;
}

export interface LogLine {
  readonly namespace: string;
  readonly label: string;
  readonly log: Readonly<Record<string, unknown>>;
}

export interface MetadataAnswer {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[];
  readonly clusterId: string | null;
  readonly topicMetadata: readonly TopicMetadata[];
}

export interface TopicMetadata {
  readonly topicErrorCode: number;
  readonly topic: string;
  readonly partitionMetadata: readonly {
    readonly partitionErrorCode: number;
    readonly partitionId: number;
    readonly leader: number;
    readonly replicas: readonly number[];
    readonly isr: readonly number[];
  }[];
}

export interface CreateTopicsOptions {
  readonly topics: readonly {
    readonly topic: string;
    readonly numPartitions: number;
    readonly replicationFactor: number;
    readonly configEntries: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly validateOnly: boolean;
  readonly timeout: number;
}

export interface CreateTopicsAnswer {
  readonly topicErrors: readonly {
    readonly topic: string;
    readonly errorCode: number;
    readonly errorMessage: string | null;
  }[];
}

export interface DescribeConfigsOptions {
  readonly resources: readonly {
    readonly type: number;
    readonly name: string;
    readonly configNames: readonly string[];
  }[];
}

export interface DescribeConfigsAnswer {
  readonly resources: readonly {
    readonly errorCode: number;
    readonly resourceName: string;
    readonly configEntries: readonly { readonly configName: string; readonly configValue: string | null }[];
  }[];
}

export interface InitProducerIdOptions {
  readonly transactionalId: string | null;
  readonly transactionTimeout: number;
}

export interface InitProducerIdAnswer {
  readonly errorCode: number;
  readonly producerId: string;
  readonly producerEpoch: number;
}

interface Requests {
  readonly Metadata: RequestDefinition<{ topics: readonly string[] }, MetadataAnswer>;
  readonly CreateTopics: RequestDefinition<CreateTopicsOptions, CreateTopicsAnswer>;
  readonly DescribeConfigs: RequestDefinition<DescribeConfigsOptions, DescribeConfigsAnswer>;
  readonly InitProducerId: RequestDefinition<InitProducerIdOptions, InitProducerIdAnswer>;
}

type BrokerConstructor = new (options: {
  connectionPool: unknown;
  logger: KafkaJsLogger;
  allowAutoTopicCreation: boolean;
  authenticationTimeout: number;
}) => KafkaJsBroker;

type SaslProviderFactory = (credentials: { username: string; password: string }) => SaslProvider;

const load = createRequire(import.meta.url);

export const Broker = load('kafkajs/src/broker') as BrokerConstructor;
export const ConnectionPool = load('kafkajs/src/network/connectionPool') as new (
  options: ConnectionPoolOptions,
) => unknown;
export const Encoder = load('kafkajs/src/protocol/encoder') as new () => KafkaJsEncoder;
export const { requests } = load('kafkajs/src/protocol/requests') as { requests: Requests };
export const apiKeys = load('kafkajs/src/protocol/requests/apiKeys') as Readonly<Record<string, number>>;
export const { createLogger } = load('kafkajs/src/loggers') as {
  createLogger: (options: { level: number; logCreator: () => (line: LogLine) => void }) => KafkaJsLogger;
};
export const saslProviders: Readonly<Record<string, SaslProviderFactory>> = {
  PLAIN: load('kafkajs/src/broker/saslAuthenticator/plain') as SaslProviderFactory,
  'SCRAM-SHA-256': load('kafkajs/src/broker/saslAuthenticator/scram256') as SaslProviderFactory,
  'SCRAM-SHA-512': load('kafkajs/src/broker/saslAuthenticator/scram512') as SaslProviderFactory,
};
