import type { ServerSession, ServerState } from './state.ts';

/** Whether the session may do something with a schema, or with a table given as `schema.table`. */
export function mayUse(state: ServerState, session: Pick<ServerSession, 'user'>, name: string): boolean {
  const role = state.role(session.user);
  // The initial user is in no list of roles.
  if (role === undefined || role.sysadmin) return true;
  const schema = name.split('.')[0]!;
  return !role.denied?.some((denied) => denied === name || denied === schema);
}
