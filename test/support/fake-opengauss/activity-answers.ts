import { LONG_TRANSACTIONS, PREPARED_TRANSACTIONS } from '../../../src/source/opengauss/blocking-transactions.ts';
import { readerSessionsSql } from '../../../src/source/opengauss/slot-readers.ts';
import { dropSlotSql, endSessionSql, holdersSql } from '../../../src/source/opengauss/slots.ts';
import { adminShutdown, ServerError } from './server-error.ts';
import type { ServerSession, ServerState } from './state.ts';
import { built, exactly, literals, type SqlHandler, type Statement, select } from './statement.ts';

const MAY_NOT_TERMINATE =
  'must have sysadmin privilege or a member of the gs_role_signal_backend role or the owner of the database or the same user to terminate other backend';

/** pg_stat_activity with what the role may see of it, and the end of other sessions. */
export const ACTIVITY_ANSWERS: readonly SqlHandler[] = [
  { matches: built((name) => holdersSql([name!]), 1), answer: holders },
  { matches: built((slot, database) => readerSessionsSql({ slot: slot!, database: database! }), 2), answer: readers },
  { matches: built((pid) => endSessionSql(pid as never), 1), answer: endOne },
  { matches: built((slot) => dropSlotSql(slot!, null)[0]!, 1), answer: endByName },
  { matches: exactly(LONG_TRANSACTIONS), answer: longTransactions },
  { matches: exactly(PREPARED_TRANSACTIONS), answer: preparedTransactions },
];

function holders({ groups: [names = ''], state, session }: Statement) {
  const wanted = literals(`'${names}'`);
  const rows = visible(state, session)
    .filter(({ applicationName }) => wanted.includes(applicationName))
    .map(({ pid, applicationName }) => [String(pid), applicationName]);
  return select({ pid: 'int8', application_name: 'text' }, rows);
}

function readers({ groups, state, session }: Statement) {
  const [, holder = '', database = ''] = groups;
  const rows = visible(state, session)
    .filter((one) => one !== session && (one.applicationName === `gausscast:${holder}` || one.database === database))
    .map((one) => [
      String(one.pid),
      one.applicationName,
      '127.0.0.1',
      String(one.clientPort),
      one.isReplication ? 't' : 'f',
      'f',
    ]);
  return select(
    {
      pid: 'int8',
      application_name: 'text',
      client_addr: 'text',
      client_port: 'int4',
      is_walsender: 'bool',
      names_slot: 'bool',
    },
    rows,
  );
}

function endOne({ groups: [pid = ''], state, session }: Statement) {
  const target = [...state.sessions].find((one) => String(one.pid) === pid);
  if (target !== undefined) terminate(state, session, target);
  return select({ pg_terminate_backend: 'bool' }, [[target === undefined ? 'f' : 't']]);
}

function endByName({ groups: [slot = ''], state, session }: Statement) {
  const targets = visible(state, session).filter(({ applicationName }) => applicationName === `gausscast:${slot}`);
  for (const target of targets) terminate(state, session, target);
  return select(
    { pg_terminate_backend: 'bool' },
    targets.map(() => ['t']),
  );
}

function terminate(state: ServerState, session: ServerSession, target: ServerSession): void {
  if (!seesAll(state, session) && target.user !== session.user) {
    throw new ServerError('42501', MAY_NOT_TERMINATE, { where: 'referenced column: pg_terminate_backend' });
  }
  target.terminate(adminShutdown());
}

function longTransactions({ state, session }: Statement) {
  const rows = state.openTransactions
    .filter(({ user }) => seesAll(state, session) || user === session.user)
    .map((one) => [
      String(one.pid),
      state.database,
      one.user,
      one.applicationName,
      '127.0.0.1',
      'idle in transaction',
      '2026-11-21 02:21:21.813387+00',
      String(one.seconds ?? 1),
      String(one.xid),
      one.query,
    ]);
  return select(
    {
      pid: 'int8',
      datname: 'text',
      usename: 'text',
      application_name: 'text',
      client_addr: 'text',
      state: 'text',
      xact_start: 'text',
      seconds: 'int8',
      xid: 'text',
      query: 'text',
    },
    rows,
  );
}

function preparedTransactions() {
  return select({ xid: 'text', gid: 'text', prepared: 'text', owner: 'text', database: 'text' }, []);
}

/** Others' sessions are hidden from all but administrators, and from none on a replication connection. */
function visible(state: ServerState, session: ServerSession): ServerSession[] {
  return [...state.sessions].filter(({ user }) => seesAll(state, session) || user === session.user);
}

function seesAll(state: ServerState, session: ServerSession): boolean {
  return session.isReplication || state.role(session.user)?.sysadmin === true;
}
