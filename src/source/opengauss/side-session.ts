import { asCdcError, CdcError } from '../../domain/errors.ts';
import type { SqlSession } from './sql-session.ts';

/** A session that can be ended. */
export interface ClosableSession extends SqlSession {
  end(): Promise<void>;
}

/**
 * The SQL session beside a stream: catalog, heartbeat and progress. Opened when first used and again after it broke, but
 * never again once the server refused the login, which would lock the account.
 */
export class SideSession {
  readonly #open: () => Promise<ClosableSession>;
  #session: Promise<ClosableSession> | null = null;
  #refusal: CdcError | null = null;
  #isClosed = false;

  constructor(open: () => Promise<ClosableSession>) {
    this.#open = open;
  }

  /** Runs `use`. A failure ends the session: a broken one cannot be told from a refused statement. Errors: SOURCE_*. */
  async use<T>(use: (session: SqlSession) => Promise<T>): Promise<T> {
    if (this.#refusal !== null) throw this.#refusal;
    if (this.#isClosed) throw new CdcError('SOURCE_CONNECTION_LOST', 'the stream of this session was closed');
    this.#session ??= this.#open();
    const session = this.#session;
    try {
      return await use(await session);
    } catch (error) {
      if (error instanceof CdcError && error.code === 'SOURCE_AUTH') this.#refusal = error;
      if (this.#session === session) this.#session = null;
      await endQuietly(session);
      throw asCdcError(error);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const session = this.#session;
    this.#session = null;
    if (session !== null) await endQuietly(session);
  }
}

async function endQuietly(session: Promise<ClosableSession>): Promise<void> {
  try {
    await (await session).end();
  } catch {
    // It never opened or is gone already: nothing is left to end.
  }
}
