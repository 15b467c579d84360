import { Executor, statementsOf } from './execute.ts';
import { BodyReader, type FrontendMessage } from './frontend.ts';
import { ServerError } from './server-error.ts';
import type { ServerSession, ServerState } from './state.ts';
import type { SqlResult } from './statement.ts';
import {
  BIND_COMPLETE,
  CLOSE_COMPLETE,
  commandComplete,
  dataRow,
  EMPTY_QUERY,
  errorResponse,
  NO_DATA,
  PARSE_COMPLETE,
  readyForQuery,
  rowDescription,
} from './wire.ts';

/** An ordinary session: simple queries, and the extended protocol with one unnamed statement at a time, values as text. */
export class SqlSession {
  readonly #executor: Executor;
  readonly #write: (bytes: Buffer) => void;
  #parsed = '';
  #bound: SqlResult | null = null;
  /** After an error of the extended protocol everything up to Sync is skipped. */
  #isSkipping = false;

  constructor(state: ServerState, session: ServerSession, write: (bytes: Buffer) => void) {
    this.#executor = new Executor(state, session);
    this.#write = write;
  }

  async message({ type, body }: FrontendMessage): Promise<void> {
    if (type === 'Q') await this.#query(new BodyReader(body).text());
    else if (type === 'S') this.#sync();
    else if (!this.#isSkipping) await this.#extended(type, new BodyReader(body));
  }

  async #query(text: string): Promise<void> {
    await this.#guard(async () => {
      const statements = statementsOf(text);
      if (statements.length === 0) this.#write(EMPTY_QUERY);
      for (const sql of statements) this.#write(wholeResult(await this.#executor.run(sql)));
    });
    this.#ready();
  }

  async #extended(type: string, body: BodyReader): Promise<void> {
    this.#isSkipping = !(await this.#guard(() => this.#step(type, body)));
  }

  async #step(type: string, body: BodyReader): Promise<void> {
    if (type === 'P') {
      body.text();
      this.#parsed = body.text();
      this.#write(PARSE_COMPLETE);
    } else if (type === 'B') {
      this.#bound = await this.#executor.run(this.#parsed, boundValues(body));
      this.#write(BIND_COMPLETE);
    } else if (type === 'D') this.#write(description(this.#bound));
    else if (type === 'E') this.#write(rowsAndTag(this.#bound));
    else if (type === 'C') this.#write(CLOSE_COMPLETE);
    else if (type !== 'H') throw new ServerError('08P01', `invalid frontend message type ${type.charCodeAt(0)}`);
  }

  #sync(): void {
    this.#isSkipping = false;
    this.#ready();
  }

  #ready(): void {
    this.#write(readyForQuery(this.#executor.status));
  }

  /** Answers with the error, if there is one; tells whether all went well. */
  async #guard(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      this.#write(errorResponse(error, 'ERROR'));
      return false;
    }
  }
}

/** A result as the simple protocol sends it. */
export function wholeResult(result: SqlResult): Buffer {
  const head = result.columns.length === 0 ? [] : [rowDescription(result.columns)];
  return Buffer.concat([...head, rowsAndTag(result)]);
}

function rowsAndTag(result: SqlResult | null): Buffer {
  if (result === null) throw new ServerError('34000', 'portal "" does not exist');
  return Buffer.concat([...result.rows.map(dataRow), commandComplete(result.tag)]);
}

function description(result: SqlResult | null): Buffer {
  return result === null || result.columns.length === 0 ? NO_DATA : rowDescription(result.columns);
}

/** Portal, statement, formats, then the values. */
function boundValues(body: BodyReader): (string | null)[] {
  body.text();
  body.text();
  for (let formats = body.uint16(); formats > 0; formats--) body.uint16();
  return Array.from({ length: body.uint16() }, () => body.value());
}
