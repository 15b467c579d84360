import type { Socket } from 'node:net';
import type { KafkaEndpoint } from '../../domain/endpoints.ts';
import { CdcError } from '../../domain/errors.ts';
import type { ProduceEntry } from '../channel.ts';
import type { SinkClock } from '../clock.ts';
import { type Address, openSocket, saslOptions, tlsOptions } from './client-options.ts';
import { toKafkaError } from './kafka-errors.ts';
import {
  Broker,
  ConnectionPool,
  createLogger,
  type KafkaJsBroker,
  type KafkaJsConnection,
  type KafkaJsExchange,
  type LogLine,
  type RequestDefinition,
} from './kafkajs-internals.ts';
import { decodeProduceAnswer, encodeProduce, PRODUCE_KEY, PRODUCE_VERSION } from './produce-codec.ts';

export interface ConnectionSettings {
  readonly endpoint: KafkaEndpoint;
  readonly clientId: string;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly clock: SinkClock;
  /** Gets kafkajs' own log lines; they are dropped without it. */
  readonly log?: ((line: LogLine) => void) | undefined;
}

/** Slack for our own timers behind those of kafkajs, which are checked every 100 ms. */
const TIMER_SLACK_MS = 1000;
/** Part of the request timeout the broker may spend on waiting for replicas. */
const BROKER_SHARE = 0.8;

/** One connection to one broker, from connect to the first failure: after that it is closed and a new one is made. */
export class KafkaConnection {
  readonly #settings: ConnectionSettings;
  readonly #broker: KafkaJsBroker;
  readonly #connection: KafkaJsConnection;
  readonly #sockets = new Set<Socket>();
  readonly #hasSasl: boolean;
  #failure: CdcError | null = null;
  #rejectWaiting = new Set<(error: CdcError) => void>();

  /** Connects, agrees on API versions and authenticates. Errors: KAFKA_UNREACHABLE, KAFKA_AUTH, KAFKA_TLS. */
  static async open(address: Address, settings: ConnectionSettings): Promise<KafkaConnection> {
    const connection = new KafkaConnection(address, settings);
    const limitMs = settings.connectTimeoutMs + settings.requestTimeoutMs;
    await connection.#guard(() => connection.#broker.connect(), limitMs, `connect to ${address.host}:${address.port}`);
    connection.#requireVersions(address);
    return connection;
  }

  private constructor(address: Address, settings: ConnectionSettings) {
    const sasl = saslOptions(settings.endpoint);
    const logger = createLogger({ level: settings.log ? 4 : 0, logCreator: () => settings.log ?? (() => {}) });
    this.#settings = settings;
    this.#hasSasl = sasl !== null;
    const connectionPool = new ConnectionPool({
      ...address,
      ssl: tlsOptions(settings.endpoint),
      sasl,
      clientId: settings.clientId,
      socketFactory: (request) => this.#track(openSocket(request)),
      connectionTimeout: settings.connectTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      enforceRequestTimeout: true,
      maxInFlightRequests: null,
      logger,
    });
    this.#broker = new Broker({
      connectionPool,
      logger,
      allowAutoTopicCreation: false,
      authenticationTimeout: settings.requestTimeoutMs,
    });
    this.#connection = this.#broker.connectionPool.pool[0]!;
  }

  get isOpen(): boolean {
    return this.#failure === null && this.#connection.isConnected();
  }

  /** Sends a request kafkajs can encode; resolves with the decoded answer, its error codes not looked at. */
  request<A, T>(apiKey: number, definition: RequestDefinition<A, T>, options: A): Promise<T> {
    return this.exchange((lookUp) => lookUp(apiKey, definition)(options));
  }

  /** Sends an exchange whose request was encoded elsewhere. */
  exchange<T>(build: (lookUp: KafkaJsBroker['lookupRequest']) => KafkaJsExchange<T>): Promise<T> {
    return this.#guard(
      () => {
        const { request, response } = build(this.#broker.lookupRequest);
        // kafkajs' own second step throws at the first error code of many.
        const parse = async (decoded: T): Promise<T> => decoded;
        const silent = { request, response: { decode: response.decode, parse }, logResponseError: false };
        return this.#connection.send(silent);
      },
      this.#settings.requestTimeoutMs + TIMER_SLACK_MS,
      'answer',
    );
  }

  /** Sends one Produce request straight to the socket (kafkajs would copy the batches three times); codes per entry. */
  produce(entries: readonly ProduceEntry[]): Promise<readonly number[]> {
    return this.#guard(
      async () => {
        const connection = this.#connection;
        // Also when the session lifetime set by the broker runs out (KIP-368).
        if (this.#hasSasl && !connection.isAuthenticated()) await connection.authenticate();
        const payload = await this.#exchange(entries);
        const { codes, throttleMs } = decodeProduceAnswer(payload, entries);
        if (throttleMs > 0) connection.requestQueue.maybeThrottle(throttleMs);
        return codes;
      },
      this.#settings.requestTimeoutMs + TIMER_SLACK_MS,
      'answer a Produce request',
    );
  }

  /** Drops the connection at once; bytes not handed to the network yet are never sent. */
  close(error = new CdcError('KAFKA_SESSION_ENDED', 'the connection was closed')): void {
    this.#failure ??= error;
    for (const socket of this.#sockets) socket.destroy(error);
    for (const reject of this.#rejectWaiting) reject(error);
    this.#rejectWaiting.clear();
  }

  #exchange(entries: readonly ProduceEntry[]): Promise<Buffer> {
    const connection = this.#connection;
    const { clientId, requestTimeoutMs } = this.#settings;
    const timeoutMs = Math.floor(requestTimeoutMs * BROKER_SHARE);
    const correlationId = connection.nextCorrelationId();
    const chunks = encodeProduce({ correlationId, clientId, timeoutMs }, entries);
    return new Promise((resolve, reject) => {
      const entry = {
        apiKey: PRODUCE_KEY,
        apiName: 'Produce',
        apiVersion: PRODUCE_VERSION,
        correlationId,
        resolve: (answer: { payload: Buffer }) => resolve(answer.payload),
        reject,
      };
      connection.requestQueue.push({
        entry,
        expectResponse: true,
        requestTimeout: null,
        sendRequest: () => writeTogether(connection.socket, chunks),
      });
    });
  }

  /** Runs one exchange; whatever goes wrong closes the connection, so that nothing of it can arrive later. */
  async #guard<T>(exchange: () => Promise<T>, limitMs: number, what: string): Promise<T> {
    if (this.#failure !== null) throw this.#failure;
    let rejectClosed: (error: CdcError) => void = () => {};
    const closed = new Promise<never>((_, reject) => {
      rejectClosed = reject;
    });
    this.#rejectWaiting.add(rejectClosed);
    const late = new CdcError('KAFKA_UNREACHABLE', `Kafka did not ${what} within ${limitMs} ms`);
    const cancel = this.#settings.clock.setTimer(() => this.close(late), limitMs);
    try {
      return await Promise.race([exchange(), closed]);
    } catch (error) {
      const failure = this.#failure ?? toKafkaError(error);
      this.close(failure);
      throw failure;
    } finally {
      cancel();
      this.#rejectWaiting.delete(rejectClosed);
    }
  }

  #requireVersions({ host, port }: Address): void {
    if ((this.#broker.versions?.[PRODUCE_KEY]?.maxVersion ?? 0) >= PRODUCE_VERSION) return;
    const error = new CdcError('KAFKA_REQUEST', `broker ${host}:${port} is older than Kafka 2.1`, {
      hint: 'Use Kafka 2.1 or later.',
    });
    this.close(error);
    throw error;
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

/** One writev for all chunks. */
function writeTogether(socket: Socket, chunks: readonly Buffer[]): void {
  socket.cork();
  for (const chunk of chunks) socket.write(chunk);
  socket.uncork();
}
