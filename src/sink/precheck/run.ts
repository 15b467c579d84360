import { asCdcError, type CdcError } from '../../domain/errors.ts';
import type { CheckResult } from '../../domain/task.ts';
import { CODE } from '../kafka-codes.ts';
import type { TargetPrecheckRequest } from '../sink.ts';
import { isLegalTopicName } from '../topic-name.ts';
import { checkCollisions } from './collisions.ts';
import type { TargetProbe, TargetReport, TopicFacts, TopicReport } from './facts.ts';
import { checkPermission } from './permission.ts';
import { checkReachable } from './reachable.ts';
import { checkReplication } from './replication.ts';
import { checkTopics } from './topics.ts';

type PlannedTopics = TargetPrecheckRequest['topics'];

/** Reachability and login only; one attempt. Never rejects. */
export async function testTarget(probe: TargetProbe): Promise<readonly CheckResult[]> {
  return checkReachable(await attempt(async () => (await probe.connect()).brokers));
}

/** All checks of the target, as far as the cluster can be asked. Never rejects. */
export async function runTargetChecks(probe: TargetProbe, topics: PlannedTopics): Promise<readonly CheckResult[]> {
  const brokers = await attempt(async () => (await probe.connect()).brokers);
  const first = [...checkReachable(brokers), checkCollisions(topics)];
  if (typeof brokers !== 'number') return first;
  const report = await attempt(() => gather(probe, topics, brokers));
  if (!('topics' in report)) return [...checkReachable(report), checkCollisions(topics)];
  return [...first, checkTopics(report), checkPermission(report), checkReplication(report)];
}

async function gather(probe: TargetProbe, topics: PlannedTopics, brokers: number): Promise<TargetReport> {
  const idempotence = await attempt(() => probe.idempotence());
  const names = [...new Set(topics.map(({ plan }) => plan.name))].filter(isLegalTopicName);
  const facts = await probe.topics(names);
  const reports: TopicReport[] = [];
  for (const topic of topics) reports.push(await reportOn(probe, topic, facts.get(topic.plan.name) ?? null));
  return { brokers, topics: reports, idempotence: idempotence ?? null };
}

async function reportOn(
  probe: TargetProbe,
  topic: PlannedTopics[number],
  facts: TopicFacts | null,
): Promise<TopicReport> {
  const isMissing = facts?.code === CODE.UNKNOWN_TOPIC;
  const creation = isMissing && topic.plan.create ? await probe.validateCreation(topic.plan) : null;
  const exists = facts?.code === CODE.NONE;
  const produce = exists ? await attempt(() => probe.produceNothing(topic.plan.name)) : null;
  return { ...topic, facts, creation, produce };
}

/** The value, or the error as a value: a failure is a finding here. */
async function attempt<T>(read: () => Promise<T>): Promise<T | CdcError> {
  try {
    return await read();
  } catch (error) {
    return asCdcError(error);
  }
}
