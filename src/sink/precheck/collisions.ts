import type { CheckResult } from '../../domain/task.ts';
import { counted, listed } from './wording.ts';

interface PlannedTopic {
  readonly plan: { readonly name: string };
  readonly tables: readonly string[];
  readonly sharedOnPurpose: boolean;
}

/** No two tables land on one topic by accident, and no two topics share the name of their metrics. */
export function checkCollisions(topics: readonly PlannedTopic[]): CheckResult {
  const check = { id: 'topic-collisions', group: 'target' } as const;
  const shared = [...tablesByTopic(topics)].filter(([, tables]) => tables.length > 1);
  if (shared.length > 0) {
    return {
      ...check,
      status: 'FAILED',
      message: `${counted(shared.length, 'topic')} would get the records of several tables by accident.`,
      cause: listed(
        shared.map(([name, tables]) => `${listed(tables, ' and ')} map to ${name}`),
        '; ',
      ),
      cure: 'Change routing.topic.template so that each table has its own topic, or use the topic policy fixed.',
    };
  }
  const alike = alikeNames(topics);
  if (alike.length > 0) {
    return {
      ...check,
      status: 'ALARM',
      message: 'Some topic names differ only in dot and underscore.',
      cause: `${listed(alike, '; ')}: Kafka's metrics cannot tell them apart, and it refuses to create the second one.`,
      cure: 'Use a template in which dot and underscore do not both occur.',
    };
  }
  return { ...check, status: 'PASSED', message: 'Every table has the topic meant for it.' };
}

function tablesByTopic(topics: readonly PlannedTopic[]): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const { plan, tables, sharedOnPurpose } of topics) {
    if (!sharedOnPurpose) byName.set(plan.name, [...(byName.get(plan.name) ?? []), ...tables]);
  }
  return byName;
}

function alikeNames(topics: readonly PlannedTopic[]): string[] {
  const byMetric = new Map<string, Set<string>>();
  for (const { plan } of topics) {
    const metric = plan.name.replaceAll('.', '_');
    byMetric.set(metric, (byMetric.get(metric) ?? new Set()).add(plan.name));
  }
  return [...byMetric.values()].filter((names) => names.size > 1).map((names) => [...names].join(' and '));
}
