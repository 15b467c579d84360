import type { ModelTable, Role } from './model.ts';
import { ServerError } from './server-error.ts';
import { durationMs, settingFacts } from './settings.ts';
import type { ServerState } from './state.ts';
import { command, type SqlHandler, type Statement } from './statement.ts';

const NAME = '"((?:[^"]|"")+)"';
const VALUE = "'?([^']*)'?";

/** What prechecks propose to run. Takes effect at once, also what the real server takes over at a restart only. */
export const ADMINISTRATION_ANSWERS: readonly SqlHandler[] = [
  { matches: new RegExp(`^alter system set (\\w+) = ${VALUE}$`, 'i'), answer: alterSystem },
  { matches: new RegExp(`^alter database ${NAME} set (\\w+) = ${VALUE}$`, 'i'), answer: alterDatabase },
  { matches: new RegExp(`^alter role ${NAME} with replication$`, 'i'), answer: alterRole },
  { matches: new RegExp(`^alter table ${NAME}\\.${NAME} replica identity full$`, 'i'), answer: fullIdentity },
  { matches: new RegExp(`^grant [\\w, ]+ on schema ${NAME} to ${NAME}$`, 'i'), answer: grantSchema },
  { matches: new RegExp(`^grant [\\w, ]+ on (?:table )?${NAME}\\.${NAME} to ${NAME}$`, 'i'), answer: grantTable },
];

function alterSystem({ groups: [name = '', value = ''], ...statement }: Statement) {
  const { state } = asAdmin(statement);
  set(state, name, value);
  return command('ALTER SYSTEM SET');
}

function alterDatabase({ groups: [, name = '', value = ''], ...statement }: Statement) {
  const { state } = asAdmin(statement);
  set(state, name, value);
  state.databaseSettings.set(name, value);
  return command('ALTER DATABASE');
}

function alterRole({ groups: [name = ''], ...statement }: Statement) {
  changeRole(asAdmin(statement).state, name, { replication: true });
  return command('ALTER ROLE');
}

function fullIdentity({ groups: [schema = '', name = ''], ...statement }: Statement) {
  const { state } = asAdmin(statement);
  const key = `${unquoted(schema)}.${unquoted(name)}`;
  const changed: ModelTable = { ...state.table(key), identity: 'f' };
  state.tables.set(key, changed);
  return command('ALTER TABLE');
}

function grantSchema({ groups: [schema = '', role = ''], ...statement }: Statement) {
  return grant(asAdmin(statement).state, unquoted(schema), role);
}

function grantTable({ groups: [schema = '', name = '', role = ''], ...statement }: Statement) {
  const { state } = asAdmin(statement);
  const key = `${unquoted(schema)}.${unquoted(name)}`;
  state.table(key);
  return grant(state, key, role);
}

function grant(state: ServerState, what: string, role: string) {
  const denied = state.role(unquoted(role))?.denied ?? [];
  changeRole(state, role, { denied: denied.filter((one) => one !== what) });
  return command('GRANT');
}

function changeRole(state: ServerState, quoted: string, changes: Partial<Role>): void {
  const name = unquoted(quoted);
  const role = state.role(name);
  if (role === undefined) throw new ServerError('42704', `role "${name}" does not exist`);
  state.roles.set(name, { ...role, ...changes });
}

function set({ settings }: ServerState, name: string, value: string): void {
  const known = [...settings.keys()].find((one) => one.toLowerCase() === name.toLowerCase());
  if (known === undefined) throw new ServerError('42704', `unrecognized configuration parameter "${name}"`);
  settings.set(known, settingFacts(known).unit === 'ms' ? String(durationMs(value)) : value);
}

function asAdmin<S extends Pick<Statement, 'state' | 'session'>>(statement: S): S {
  if (statement.state.role(statement.session.user)?.sysadmin) return statement;
  throw new ServerError('42501', 'permission denied');
}

function unquoted(name: string): string {
  return name.replaceAll('""', '"');
}
