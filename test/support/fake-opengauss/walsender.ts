import { formatLsn, maxLsn, toLsn } from '../../../src/domain/lsn.ts';
import { COPY_BOTH } from '../wal-builder.ts';
import { decodingMode } from './decoding-options.ts';
import { Executor } from './execute.ts';
import { BodyReader, type FrontendMessage } from './frontend.ts';
import { ServerError, syntaxError } from './server-error.ts';
import { durationMs } from './settings.ts';
import { checkWalLevel, createSlot } from './slot-creation.ts';
import { wholeResult } from './sql-session.ts';
import { parseStart, unquoted } from './start-command.ts';
import type { ServerSession, ServerState } from './state.ts';
import { command, type SqlResult, select } from './statement.ts';
import { Stream, type StreamSink } from './stream.ts';
import { commandComplete, readyForQuery } from './wire.ts';

const SYSTEM_ID = '215046882207046390';
const TIMEOUT_SETTING = 'logical_sender_timeout';
const CREATE_SLOT = /^CREATE_REPLICATION_SLOT\s+("(?:[^"]|"")+"|\w+)\s+LOGICAL\s+("(?:[^"]|"")+"|\w+)\s*;?$/i;
const DROP_SLOT = /^DROP_REPLICATION_SLOT\s+("(?:[^"]|"")+"|\w+)(?:\s+WAIT)?\s*;?$/i;
const REPLICATION_COMMAND = /^(IDENTIFY_|CREATE_REPLICATION_SLOT|DROP_REPLICATION_SLOT|START_REPLICATION)/i;

/** A session of the replication protocol: commands, plain SQL, then a stream. Whatever fails is the end of it. */
export class Walsender {
  readonly #state: ServerState;
  readonly #session: ServerSession;
  readonly #sink: StreamSink;
  readonly #executor: Executor;
  #stream: Stream | null = null;
  #cancelIdle: () => void = () => undefined;

  constructor(state: ServerState, session: ServerSession, sink: StreamSink) {
    this.#state = state;
    this.#session = session;
    this.#sink = sink;
    this.#executor = new Executor(state, session);
    this.#idleAgain();
  }

  /** Errors: ServerError, after which the connection is to be closed. */
  async message({ type, body }: FrontendMessage): Promise<void> {
    if (this.#stream !== null) this.#whileStreaming(this.#stream, type, body);
    else if (type === 'Q') await this.#query(new BodyReader(body).text().trim());
    // Parse is read and forgotten; what a client sends behind it is its end.
    else if (type !== 'P') {
      throw new ServerError('08P01', `invalid standby handshake message type ${type.charCodeAt(0)}`);
    }
  }

  end(): void {
    this.#cancelIdle();
    this.#stream?.stop();
  }

  #whileStreaming(stream: Stream, type: string, body: Buffer): void {
    // CopyDone: the real one exits at once, without a word.
    if (type === 'c') this.#sink.cut();
    else if (type === 'd') stream.copyData(body);
    else throw new ServerError('08P01', `invalid standby message type "${type}"`);
  }

  async #query(text: string): Promise<void> {
    this.#cancelIdle();
    if (REPLICATION_COMMAND.test(text)) this.#state.commands.push(text);
    if (/^START_REPLICATION/i.test(text)) {
      this.#startReplication(text);
      return;
    }
    this.#sink.write(Buffer.concat([await this.#answer(text), readyForQuery(this.#executor.status)]));
    this.#idleAgain();
  }

  async #answer(text: string): Promise<Buffer> {
    if (/^DROP_REPLICATION_SLOT/i.test(text)) return this.#dropSlot(text);
    if (/^CREATE_REPLICATION_SLOT/i.test(text)) return wholeResult(await this.#createSlot(text));
    if (/^IDENTIFY_SYSTEM\b/i.test(text)) return wholeResult(this.#identifySystem());
    if (/^IDENTIFY_VERSION\b/i.test(text)) return wholeResult(identifyVersion());
    if (REPLICATION_COMMAND.test(text)) throw syntaxError();
    return wholeResult(await this.#executor.run(text.replace(/;$/, '')));
  }

  #identifySystem(): SqlResult {
    const position = formatLsn(toLsn(this.#state.wal.end));
    const columns = { systemid: 'text', timeline: 'int4', xlogpos: 'text', dbname: 'text' } as const;
    const systemId = this.#state.options.systemId ?? SYSTEM_ID;
    return { ...select(columns, [[systemId, '1', position, this.#session.database]]), tag: 'SELECT' };
  }

  async #createSlot(text: string): Promise<SqlResult> {
    const found = CREATE_SLOT.exec(text);
    if (found === null) throw syntaxError();
    const [name, plugin] = [unquoted(found[1]!), unquoted(found[2]!)];
    const { confirmedFlush } = await createSlot(this.#state, this.#session, name, plugin);
    const columns = {
      slot_name: 'text',
      consistent_point: 'text',
      snapshot_name: 'text',
      output_plugin: 'text',
    } as const;
    const row = [name, formatLsn(toLsn(confirmedFlush)), '0000000B-00000038-1', plugin];
    return { ...select(columns, [row]), tag: 'SELECT' };
  }

  /** Two CommandComplete, for one command. */
  #dropSlot(text: string): Buffer {
    const found = DROP_SLOT.exec(text);
    if (found === null) throw syntaxError();
    this.#state.slots.drop(unquoted(found[1]!));
    return Buffer.concat([wholeResult(command('DROP_REPLICATION_SLOT')), commandComplete('SELECT')]);
  }

  /** In serial mode CopyBothResponse comes before the options are looked at, in parallel mode behind that. */
  #startReplication(text: string): void {
    const state = this.#state;
    const start = parseStart(text);
    checkWalLevel(state);
    const slot = state.slots.idle(start.slot);
    const mode = decodingMode(start.options, {
      plugin: slot.plugin,
      slot: slot.name,
      knowsParallelDecoding: state.options.knowsParallelDecoding ?? true,
      maxParallelism: state.options.maxParallelism ?? 20,
      defaults: state.setting('logical_decode_options_default') ?? '',
      publications: state.publications,
    });
    if (!mode.isParallel) this.#sink.write(COPY_BOTH);
    if (slot.database !== this.#session.database) {
      const message = `replication slot "${slot.name}" was not created in this database`;
      throw new ServerError('55000', message, { module: 'LOGICAL_DECODE' });
    }
    const format = mode.format();
    if (mode.isParallel) this.#sink.write(COPY_BOTH);
    const from = maxLsn(toLsn(start.lsn), toLsn(slot.confirmedFlush));
    const timeoutMs = Number(start.options.get('sender-timeout') ?? this.#timeoutMs());
    const { isParallel } = mode;
    this.#stream = new Stream({ state, slot, format, isParallel, from, timeoutMs, sink: this.#sink });
    this.#stream.start();
  }

  #timeoutMs(): number {
    return durationMs(this.#state.settingOf(this.#session, TIMEOUT_SETTING) ?? '0');
  }

  /** A client that sends no command for so long is left without a word. */
  #idleAgain(): void {
    this.#cancelIdle();
    const timeoutMs = this.#timeoutMs();
    if (timeoutMs > 0) this.#cancelIdle = this.#state.setTimer(() => this.#sink.cut(), timeoutMs);
  }
}

function identifyVersion(): SqlResult {
  const columns = { sversion: 'int4', pversion: 'text', term: 'int4' } as const;
  return { ...select(columns, [['90204', 'MPPDB', '1']]), tag: 'SELECT' };
}
