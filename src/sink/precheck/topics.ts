import type { CheckResult } from '../../domain/task.ts';
import { CODE, codeName } from '../kafka-codes.ts';
import { isLegalTopicName } from '../topic-name.ts';
import type { TargetReport, TopicReport } from './facts.ts';
import { counted, listed } from './wording.ts';

interface Problem {
  readonly cause: string;
  readonly cure: string;
  readonly command?: string;
}

/** Every topic exists as the task needs it, or Kafka would create it with exactly the settings planned. */
export function checkTopics({ topics, brokers }: TargetReport): CheckResult {
  const check = { id: 'kafka-topics', group: 'target' } as const;
  const problems = topics.map((topic) => problemOf(topic, brokers)).filter((problem) => problem !== null);
  if (problems.length > 0) {
    const commands = problems.map(({ command }) => command).filter((command) => command !== undefined);
    return {
      ...check,
      status: 'FAILED',
      message: `${problems.length} of ${counted(topics.length, 'topic')} cannot be used.`,
      cause: listed(
        problems.map(({ cause }) => cause),
        '; ',
      ),
      cure: listed([...new Set(problems.map(({ cure }) => cure))], ' '),
      ...(commands.length > 0 ? { sql: commands } : {}),
    };
  }
  const existing = topics.filter(({ facts }) => facts?.code === CODE.NONE).length;
  const missing = topics.length - existing;
  const message = `Existing topics, used as they are: ${existing}; to be created: ${missing}.`;
  return { ...check, status: 'PASSED', message };
}

function problemOf(topic: TopicReport, brokers: number): Problem | null {
  const { plan, facts } = topic;
  if (!isLegalTopicName(plan.name) || facts === null) {
    return {
      cause: `"${plan.name}" is no legal topic name`,
      cure: 'Choose a topic name of letters, digits, dot, dash and underscore, at most 249 characters.',
    };
  }
  if (facts.code === CODE.UNKNOWN_TOPIC) return plan.create ? creationProblem(topic, brokers) : missingProblem(topic);
  if (facts.code === CODE.TOPIC_AUTHORIZATION) return permissionProblem(topic);
  if (facts.code !== CODE.NONE && facts.code !== CODE.LEADER_NOT_AVAILABLE) {
    return { cause: `${plan.name}: ${codeName(facts.code)}`, cure: 'See the logs of the brokers.' };
  }
  if (plan.knownPartitions === null || plan.knownPartitions <= facts.partitions) return null;
  return {
    cause: `${plan.name} has ${facts.partitions} partitions, the task has used ${plan.knownPartitions}`,
    cure: 'Give the topic its partitions back: with fewer, keys would move.',
  };
}

function missingProblem({ plan }: TopicReport): Problem {
  const { name, partitions, replicationFactor } = plan;
  return {
    cause: `${name} does not exist`,
    cure: 'Create the topic, or use the topic policy auto.',
    command: `kafka-topics.sh --bootstrap-server HOST:PORT --create --topic ${name} --partitions ${partitions} --replication-factor ${replicationFactor}`,
  };
}

/** A cluster hides from a principal without DESCRIBE whether the topic exists, and says the same where it may not create. */
function permissionProblem({ plan }: TopicReport): Problem {
  return {
    cause: `${plan.name}: not permitted (TOPIC_AUTHORIZATION_FAILED)`,
    cure: 'Grant the principal of the task WRITE, DESCRIBE and CREATE on the topics.',
    command: `kafka-acls.sh --bootstrap-server HOST:PORT --add --allow-principal User:NAME --operation Write --operation Describe --operation Create --topic ${plan.name}`,
  };
}

function creationProblem(topic: TopicReport, brokers: number): Problem | null {
  const { plan, creation } = topic;
  if (plan.replicationFactor > brokers) {
    return {
      cause: `${plan.name}: replication factor ${plan.replicationFactor}, but ${counted(brokers, 'broker')}`,
      cure: `Set routing.topic.replicationFactor to at most ${brokers}.`,
    };
  }
  if (creation === null || creation.code === CODE.NONE || creation.code === CODE.TOPIC_EXISTS) return null;
  if (creation.code === CODE.TOPIC_AUTHORIZATION || creation.code === CODE.CLUSTER_AUTHORIZATION) {
    return permissionProblem(topic);
  }
  return {
    cause: `${plan.name} cannot be created: ${creation.text ?? codeName(creation.code)}`,
    cure: 'Correct routing.topic (partitions, replicationFactor, config, template).',
  };
}
