import type { CheckResult } from '../../domain/task.ts';
import { CODE } from '../kafka-codes.ts';
import type { TargetReport } from './facts.ts';
import { counted, listed } from './wording.ts';

/** With this many brokers there is no reason to keep a single copy. */
const ENOUGH_BROKERS = 3;

/** Topics, existing or planned, keep more than one copy where the cluster could. */
export function checkReplication({ topics, brokers }: TargetReport): CheckResult {
  const check = { id: 'kafka-replication', group: 'target' } as const;
  const single = topics
    .filter(({ plan, facts }) => (facts?.code === CODE.NONE ? facts.replicationFactor : plan.replicationFactor) === 1)
    .map(({ plan }) => plan.name);
  if (brokers < ENOUGH_BROKERS || single.length === 0) {
    return { ...check, status: 'PASSED', message: `Replication fits a cluster of ${counted(brokers, 'broker')}.` };
  }
  return {
    ...check,
    status: 'ALARM',
    message: `${counted(single.length, 'topic')} have a single copy on a cluster of ${brokers} brokers.`,
    cause: `${listed(single)}: records are lost with the disk of one broker, and publishing waits while it is down.`,
    cure: 'Set routing.topic.replicationFactor to 3; for existing topics add replicas with kafka-reassign-partitions.sh.',
  };
}
