import type { KafkaEndpoint } from '../../src/domain/endpoints.ts';
import type { CdcError } from '../../src/domain/errors.ts';
import type { ProducerIdentity } from '../../src/domain/task.ts';
import type { SinkLimits } from '../../src/sink/limits.ts';
import type { SinkDriver, SinkSession, TopicPlan } from '../../src/sink/sink.ts';
import { varintSize, writeVarint } from '../../src/sink/varint.ts';

export interface TestRecord {
  readonly key?: Uint8Array | string | null;
  readonly value?: Uint8Array | string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export function topicPlan(name: string, partitions = 1, more: Partial<TopicPlan> = {}): TopicPlan {
  return { name, partitions, replicationFactor: 1, config: {}, create: true, knownPartitions: null, ...more };
}

export function plainEndpoint(
  brokers: readonly string[],
  compression: KafkaEndpoint['compression'] = 'none',
): KafkaEndpoint {
  return { brokers, securityProtocol: 'PLAINTEXT', compression };
}

/** Writes one record through the port. */
export function writeRecord(session: SinkSession, lane: number, record: TestRecord): void {
  const key = bytesOf(record.key ?? null);
  const value = bytesOf(record.value ?? null);
  const writer = session.beginRecord(lane, key ?? Buffer.alloc(0), key === null ? -1 : key.length);
  if (value !== null) writer.append(value);
  session.endValue(value === null);
  const headers = Object.entries(record.headers ?? {});
  for (const part of headers.flat()) {
    const bytes = Buffer.from(part, 'utf8');
    const size = Buffer.alloc(varintSize(bytes.length));
    writeVarint(size, 0, bytes.length);
    writer.append(size);
    writer.append(bytes);
  }
  session.endRecord(headers.length);
}

function bytesOf(field: Uint8Array | string | null): Uint8Array | null {
  return typeof field === 'string' ? Buffer.from(field, 'utf8') : field;
}

export interface OpenSession extends AsyncDisposable {
  readonly session: SinkSession;
  /** Tickets in the order they were acknowledged. */
  readonly acknowledged: number[];
  readonly failures: CdcError[];
  readonly identity: ProducerIdentity;
  /** Resolves when the ticket is acknowledged, rejects when the session fails. */
  until(ticket: number): Promise<void>;
  /** Resolves with the error the session ends by. */
  failure(): Promise<CdcError>;
}

export interface OpenOptions {
  readonly previous?: ProducerIdentity | null;
  readonly limits?: Partial<SinkLimits>;
  readonly onAcknowledged?: (ticket: number) => void;
}

/** Opens a session and keeps what it reports. */
export async function openSession(
  driver: SinkDriver,
  endpoint: KafkaEndpoint,
  options: OpenOptions = {},
): Promise<OpenSession> {
  const acknowledged: number[] = [];
  const failures: CdcError[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of [...waiting]) check();
  };
  let identity: ProducerIdentity | null = null;
  const session = await driver.open(
    {
      endpoint,
      clientId: 'sink-test',
      previousProducer: options.previous ?? null,
      storeProducer: (given) => {
        identity = given;
      },
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    },
    {
      acknowledged(ticket) {
        acknowledged.push(ticket);
        options.onAcknowledged?.(ticket);
        wake();
      },
      failed(error) {
        failures.push(error);
        wake();
      },
    },
  );
  const wait = <T>(look: () => T | undefined, fail: boolean): Promise<T> =>
    new Promise((resolve, reject) => {
      const check = () => {
        const found = look();
        if (found === undefined && !(fail && failures.length > 0)) return;
        waiting.delete(check);
        if (found === undefined) reject(failures[0]);
        else resolve(found);
      };
      waiting.add(check);
      check();
    });
  return {
    session,
    acknowledged,
    failures,
    identity: identity!,
    until: async (ticket) => {
      await wait(() => (acknowledged.includes(ticket) ? true : undefined), true);
    },
    failure: () => wait(() => failures[0], false),
    [Symbol.asyncDispose]: () => session.close(),
  };
}
