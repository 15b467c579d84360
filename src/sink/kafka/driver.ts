import type { KafkaEndpoint } from '../../domain/endpoints.ts';
import { type SinkClock, SYSTEM_CLOCK } from '../clock.ts';
import { CODECS } from '../compression.ts';
import { DEFAULT_SINK_LIMITS, type SinkLimits } from '../limits.ts';
import { runTargetChecks, testTarget } from '../precheck/run.ts';
import { BatchSession } from '../session.ts';
import type { SinkDriver, SinkEvents, SinkSession, SinkSessionRequest } from '../sink.ts';
import { KafkaChannel } from './kafka-channel.ts';
import { KafkaCluster } from './kafka-cluster.ts';
import type { LogLine } from './kafkajs-internals.ts';
import { KafkaProbe } from './probe.ts';
import { nextIdentity } from './producer-identity.ts';

export interface KafkaDriverOptions {
  readonly limits?: Partial<SinkLimits>;
  readonly clock?: SinkClock;
  readonly connectTimeoutMs?: number;
  /** Gets kafkajs' own log lines (no secrets in them); dropped by default. */
  readonly log?: (line: LogLine) => void;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Prechecks answer people who wait. */
const PRECHECK_TIMEOUT_MS = 10_000;

/** Publishing to Kafka 2.1 or later. Sessions reject with KAFKA_UNREACHABLE, KAFKA_AUTH, KAFKA_TLS, KAFKA_PERMISSION. */
export function createKafkaDriver(options: KafkaDriverOptions = {}): SinkDriver {
  const limits = { ...DEFAULT_SINK_LIMITS, ...options.limits };
  const { clock = SYSTEM_CLOCK, connectTimeoutMs = CONNECT_TIMEOUT_MS, log } = options;
  const common = { clock, log, connectTimeoutMs };
  const probing = async <T>(endpoint: KafkaEndpoint, clientId: string, ask: (probe: KafkaProbe) => Promise<T>) => {
    const probe = new KafkaProbe({ ...common, endpoint, clientId, requestTimeoutMs: PRECHECK_TIMEOUT_MS });
    try {
      return await ask(probe);
    } finally {
      probe.close();
    }
  };
  return {
    open(request, events) {
      const own = { ...limits, ...request.limits };
      const { endpoint, clientId } = request;
      const cluster = new KafkaCluster({ ...common, endpoint, clientId, requestTimeoutMs: own.requestTimeoutMs });
      return openSession(cluster, request, events, { clock, limits: own });
    },
    precheck: ({ endpoint, clientId, topics }) =>
      probing(endpoint, clientId, (probe) => runTargetChecks(probe, topics)),
    testConnection: (endpoint, clientId) => probing(endpoint, clientId, testTarget),
  };
}

async function openSession(
  cluster: KafkaCluster,
  request: SinkSessionRequest,
  events: SinkEvents,
  { clock, limits }: { readonly clock: SinkClock; readonly limits: SinkLimits },
): Promise<SinkSession> {
  try {
    await cluster.metadata([]);
    const identity = await nextIdentity(cluster, request.previousProducer, clock);
    // Before anything is sent: after a crash the next session has to know the epoch it must exceed.
    request.storeProducer(identity);
    const codec = CODECS[request.endpoint.compression];
    return new BatchSession({ channel: new KafkaChannel(cluster, clock), identity, codec, limits, clock, events });
  } catch (error) {
    cluster.close();
    throw error;
  }
}
