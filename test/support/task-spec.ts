import { type DatabaseConfig, freshTopicPrefix, useServers } from './servers.ts';

type Members = Record<string, unknown>;

/** A spec that captures `include` of a test's database into the shared Kafka; `changes` are merged in, member by member. */
export function taskSpec(database: DatabaseConfig, include: readonly string[], changes: Members = {}): Members {
  const spec = {
    name: freshTopicPrefix('task'),
    source: {
      dialect: 'postgres',
      host: database.host,
      port: database.port,
      database: database.database,
      username: database.user,
      password: database.password,
    },
    objects: { include },
  };
  const target =
    isMembers(changes.target) && 'brokers' in changes.target
      ? {}
      : { target: { brokers: [useServers().kafka.bootstrap] } };
  return merge(merge(spec, target), changes);
}

/** Routing into one topic. */
export function fixedTopic(name: string, partitions = 3): Members {
  return { topic: { policy: 'fixed', name, partitions } };
}

export function merge(into: Members, changes: Members): Members {
  const merged: Members = { ...into };
  for (const [name, value] of Object.entries(changes)) {
    const before = merged[name];
    merged[name] = isMembers(before) && isMembers(value) ? merge(before, value) : value;
  }
  return merged;
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
