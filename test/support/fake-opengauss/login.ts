import type { Challenge } from './auth.ts';
import type { StartupPacket } from './frontend.ts';
import { ServerError } from './server-error.ts';
import { checkReplicationRight } from './slot-creation.ts';
import { INITIAL_USER, type ServerSession, type ServerState } from './state.ts';
import { AUTHENTICATION_OK, backendKeyData, parameterStatus, readyForQuery } from './wire.ts';

const MINORS = new Set([0, 50, 51]);
/** Parameters of a startup packet that are no settings. */
const NO_SETTINGS = new Set(['user', 'database', 'replication', 'backend_version', 'connect_timeout']);
/** Some of the 25 that the real server reports. */
const REPORTED = [
  'application_name',
  'behavior_compat_options',
  'client_encoding',
  'DateStyle',
  'IntervalStyle',
  'server_version',
  'standard_conforming_strings',
  'TimeZone',
];

/** What comes before the password: version, port, pg_hba.conf. Errors: 0A000, 22023, 57P03, 28000. */
export function checkStartup(state: ServerState, startup: StartupPacket, isHaPort: boolean): Challenge {
  const { major, minor, parameters } = startup;
  if (major !== 3 || !MINORS.has(minor)) {
    throw new ServerError('0A000', `unsupported frontend protocol ${major}.${minor}.`);
  }
  const user = parameters.get('user') ?? '';
  const replication = wantsReplication(startup);
  if (replication && !isHaPort && state.settings.get('enable_thread_pool') === 'on') {
    throw new ServerError('22023', 'replication should connect HA port in thread_pool');
  }
  if (!replication && isHaPort) {
    throw new ServerError('57P03', 'the local listen ip and port is not for the gsql client');
  }
  if (replication && state.options.allowsReplication === false) {
    const who = `host "127.0.0.1", user "${user}", SSL off`;
    throw new ServerError('28000', `no pg_hba.conf entry for replication connection from ${who}`);
  }
  const role = state.role(user);
  const hba = role?.hba ?? state.options.hba ?? 'sha256';
  if (hba === 'reject') {
    const who = `host "127.0.0.1", user "${user}", database "${databaseOf(startup)}", SSL off`;
    throw new ServerError('28000', `pg_hba.conf rejects connection for ${who}`);
  }
  return state.authenticator.challenge(user, role, hba, minor);
}

/** Password, then database, role and settings. Errors: 28P01, 28000, 3D000, 42501, 42704. */
export function checkLogin(state: ServerState, startup: StartupPacket, challenge: Challenge, password: Buffer): void {
  const user = startup.parameters.get('user') ?? '';
  const role = state.role(user);
  state.authenticator.judge(user, role, challenge, password);
  if (role?.expired === 'validity') throw new ServerError('28000', 'The account is not within the period of validity.');
  const database = databaseOf(startup);
  if (database !== state.database && !state.options.otherDatabases?.includes(database)) {
    throw new ServerError('3D000', `database "${database}" does not exist`, { internalCode: 11_898 });
  }
  if (role?.canLogin === false) throw new ServerError('28000', `role "${user}" is not permitted to login`);
  if (wantsReplication(startup)) checkReplicationRight(state, { user, isReplication: false });
  for (const name of settingsOf(startup).keys()) {
    if (state.setting(name) === undefined)
      throw new ServerError('42704', `unrecognized configuration parameter "${name}"`);
  }
}

/** The session of a client that may come in; it is in the server's list from now on. */
export function openSession(
  state: ServerState,
  startup: StartupPacket,
  client: { readonly terminate: (error: ServerError) => void; readonly port: number },
): ServerSession {
  const isReplication = wantsReplication(startup);
  const settings = settingsOf(startup);
  const session: ServerSession = {
    pid: state.takePid(),
    user: isReplication ? INITIAL_USER : (startup.parameters.get('user') ?? ''),
    database: databaseOf(startup),
    applicationName: settings.get('application_name') ?? '',
    isReplication,
    clientPort: client.port,
    startedAt: new Date(),
    settings: new Map([...settings].map(([name, value]) => [name.toLowerCase(), value])),
    terminate: client.terminate,
  };
  state.sessions.add(session);
  return session;
}

/** What comes after the right password; a replication session gets no key for cancelling. */
export function welcome(state: ServerState, session: ServerSession): Buffer {
  const parameters = REPORTED.map((name) => parameterStatus(name, state.settingOf(session, name) ?? ''));
  const key = session.isReplication ? [] : [backendKeyData(Number(session.pid & 0x7fff_ffffn))];
  return Buffer.concat([AUTHENTICATION_OK, ...parameters, ...key, readyForQuery('I')]);
}

function wantsReplication({ parameters }: StartupPacket): boolean {
  return parameters.get('replication') === 'database';
}

function databaseOf({ parameters }: StartupPacket): string {
  return parameters.get('database') ?? parameters.get('user') ?? '';
}

function settingsOf({ parameters }: StartupPacket): ReadonlyMap<string, string> {
  return new Map([...parameters].filter(([name]) => !NO_SETTINGS.has(name)));
}
