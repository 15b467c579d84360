import type { CheckResult, PrecheckReport } from '../../src/domain/task.ts';
import type { SinkDriver, TargetPrecheckRequest } from '../../src/sink/sink.ts';
import type { StoredStream } from '../../src/store/store.ts';
import type { TaskLogger } from '../../src/task/task-logger.ts';
import { newStream } from './store-fixtures.ts';

export const PASSWORD = 'pa55-of-the-source';

/** A spec as a user sends it. */
export function userSpec(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    name: 'orders',
    source: {
      dialect: 'postgres',
      host: '127.0.0.1',
      port: 5432,
      database: 'shop',
      username: 'cdc',
      password: PASSWORD,
    },
    objects: { include: ['public.*'] },
    target: { type: 'kafka', brokers: ['127.0.0.1:9092'] },
    ...overrides,
  };
}

export function check(id: string, status: CheckResult['status']): CheckResult {
  return { id, group: 'source', status, message: id };
}

export function report(status: PrecheckReport['status'], checks: readonly CheckResult[] = []): PrecheckReport {
  return { status, startedAt: '2026-01-01T00:00:00.000Z', finishedAt: '2026-01-01T00:00:01.000Z', checks };
}

/** A stream that has streamed. */
export function positionedStream(slot: string, overrides: Partial<StoredStream> = {}): StoredStream {
  const checkpoint = { lsn: '0/200', nextEventNumber: 1000, lastCommitLsn: null, publishedThrough: null };
  return newStream({ slot, publication: slot, checkpoint, ...overrides });
}

/** A Kafka that passes every check and writes down what it was asked. */
export class FakeSink implements SinkDriver {
  readonly asked: TargetPrecheckRequest[] = [];
  checks: readonly CheckResult[] = [{ id: 'kafka-reachable', group: 'target', status: 'PASSED', message: 'ok' }];

  async precheck(request: TargetPrecheckRequest): Promise<readonly CheckResult[]> {
    this.asked.push(request);
    return this.checks;
  }

  async testConnection(): Promise<readonly CheckResult[]> {
    return this.checks;
  }

  async open(): Promise<never> {
    throw new Error('not part of this fake');
  }
}

/** A logger that keeps warnings, and errors, for tests that expect none. */
export class FakeLogger implements TaskLogger {
  readonly errors: string[] = [];
  readonly warnings: { readonly fields: object; readonly message: string }[] = [];
  info(): void {}
  warn(fields: object, message: string): void {
    this.warnings.push({ fields, message });
  }
  error(_fields: object, message: string): void {
    this.errors.push(message);
  }
}
