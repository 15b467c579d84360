import type { CheckResult } from '../../domain/task.ts';
import { quoteIdentifier } from '../postgres/quoting.ts';
import { alarm, type CheckSubject, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'sender-timeout', group: 'source' };
const SHORT_MS = 3_000;
/** Of wal_sender_timeout. */
const DEFAULT_MS = 6_000;

/** logical_sender_timeout (before 3.1: wal_sender_timeout), ms: how long the server bears a client that says nothing. */
export function checkSenderTimeout(facts: {
  readonly database: string;
  readonly settings: ReadonlyMap<string, string>;
}): CheckResult {
  const name = facts.settings.has('logical_sender_timeout') ? 'logical_sender_timeout' : 'wal_sender_timeout';
  const ms = Number(facts.settings.get(name) ?? DEFAULT_MS);
  if (ms >= SHORT_MS) return passed(SUBJECT, `${name} is ${ms} ms.`);
  const cause =
    ms === 0
      ? 'The server never ends the session of a client that is gone: the slot stays in use until someone ends it.'
      : 'A short disturbance of the network already ends the stream.';
  return alarm(SUBJECT, {
    message: `${name} is ${ms} ms.`,
    cause,
    cure: `Set it to 30 s: run the SQL, or on a server node: gs_guc reload -Z datanode -N all -I all -c "${name}=30s".`,
    // wal_sender_timeout belongs to the whole server, where only gs_guc or ALTER SYSTEM reach it.
    sql:
      name === 'wal_sender_timeout'
        ? [`ALTER SYSTEM SET wal_sender_timeout = '30s';`]
        : [`ALTER DATABASE ${quoteIdentifier(facts.database)} SET logical_sender_timeout = '30s';`],
  });
}
