import { ANSWERS } from './answers.ts';
import { ServerError } from './server-error.ts';
import type { ServerSession, ServerState } from './state.ts';
import type { SqlHandler, SqlResult } from './statement.ts';

const EXPIRED =
  "Please use \"ALTER ROLE user_name IDENTIFIED BY 'password' REPLACE 'old password';\" to modify the expired password of user";

/** Whether a session is in a transaction: idle, in one, in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** Runs the statements of one session, one after the other. */
export class Executor {
  readonly #state: ServerState;
  readonly #session: ServerSession;
  status: TransactionStatus = 'I';

  constructor(state: ServerState, session: ServerSession) {
    this.#state = state;
    this.#session = session;
  }

  /** One statement. Errors: whatever its handler throws; 25P02 in a failed transaction; 28P02; 42601 when nobody answers it. */
  async run(sql: string, parameters: readonly (string | null)[] = []): Promise<SqlResult> {
    const role = this.#state.role(this.#session.user);
    if (role?.expired === 'password') throw new ServerError('28P02', `${EXPIRED} ${role.name} before operation!`);
    const isEnd = /^(commit|end|rollback|abort)\b/i.test(sql);
    if (this.status === 'E' && !isEnd) {
      throw new ServerError('25P02', 'current transaction is aborted, commands ignored until end of transaction block');
    }
    try {
      const result = await this.#answer(sql, parameters);
      if (isEnd) this.status = 'I';
      else if (/^(begin|start transaction)\b/i.test(sql)) this.status = 'T';
      return result;
    } catch (error) {
      if (this.status === 'T') this.status = 'E';
      throw error;
    }
  }

  #answer(sql: string, parameters: readonly (string | null)[]): SqlResult | Promise<SqlResult> {
    for (const handler of [...this.#state.handlers, ...ANSWERS]) {
      const groups = match(handler, sql);
      if (groups === null) continue;
      return handler.answer({ sql, groups, parameters, session: this.#session, state: this.#state });
    }
    this.#state.unanswered.push(sql);
    throw new ServerError('42601', `the fake server has no answer to: ${sql}`);
  }
}

function match({ matches }: SqlHandler, sql: string): readonly string[] | null {
  if (typeof matches === 'function') return matches(sql) ? [] : null;
  const found = matches.exec(sql);
  return found === null ? null : found.slice(1).map((group) => group ?? '');
}

/** Cuts a simple query at its semicolons, but not within quotes. */
export function statementsOf(text: string): string[] {
  const parts = text.match(/(?:'[^']*'|"[^"]*"|--[^\n]*|[^;'"])+/g) ?? [];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}
