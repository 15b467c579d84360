import { CdcError } from '../../domain/errors.ts';
import type { CheckResult } from '../../domain/task.ts';
import { CODE, codeName } from '../kafka-codes.ts';
import type { TargetReport, TopicReport } from './facts.ts';
import { counted, listed } from './wording.ts';

/** Answers to a Produce request without records that come only after authorisation (measured on Kafka 4.1: 87). */
const PROVEN = new Set<number>([CODE.NONE, 2, 42, 87]);
const GRANT =
  'Grant the principal of the task WRITE and DESCRIBE on the topics (before Kafka 2.8 also IDEMPOTENT_WRITE on the cluster).';

/** The task may publish: asked with a producer id and with requests that hold no record, so nothing is written. */
export function checkPermission({ topics, idempotence }: TargetReport): CheckResult {
  const check = { id: 'kafka-produce', group: 'target' } as const;
  const existing = topics.filter(({ produce }) => produce !== null);
  const refused = existing.filter(({ produce }) => isRefusal(produce));
  if (refused.length > 0 || idempotence !== null) {
    const causes = refused.map((topic) => `${topic.plan.name}: ${describe(topic)}`);
    return {
      ...check,
      status: 'FAILED',
      message: 'The task may not publish.',
      cause: listed(idempotence === null ? causes : [idempotence.message, ...causes], '; '),
      cure: GRANT,
      sql: refused.map(
        ({ plan }) =>
          `kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal User:NAME --operation Write --operation Describe --topic ${plan.name}`,
      ),
    };
  }
  const unproven = existing.filter(({ produce }) => typeof produce !== 'number' || !PROVEN.has(produce));
  if (unproven.length > 0) {
    return {
      ...check,
      status: 'ALARM',
      message: `Permission to publish is not proven for ${counted(unproven.length, 'topic')}.`,
      cause: listed(
        unproven.map((topic) => `${topic.plan.name}: ${describe(topic)}`),
        '; ',
      ),
      cure: 'Run the precheck again when the cluster is in order.',
    };
  }
  return { ...check, status: 'PASSED', message: passedMessage(existing.length, topics.length - existing.length) };
}

function passedMessage(proven: number, absent: number): string {
  const rest = absent === 0 ? '' : ` Not proven for ${counted(absent, 'topic')} that do not exist yet.`;
  return `The task may publish to ${counted(proven, 'topic')}; no record was written.${rest}`;
}

function isRefusal(produce: TopicReport['produce']): boolean {
  if (produce instanceof CdcError) return produce.code === 'KAFKA_PERMISSION';
  return produce === CODE.TOPIC_AUTHORIZATION || produce === CODE.CLUSTER_AUTHORIZATION;
}

function describe({ produce }: TopicReport): string {
  return typeof produce === 'number' ? codeName(produce) : (produce?.message ?? '');
}
