import { describe, expect, it } from 'vitest';
import { ScriptedSession, wire } from '../../../test/support/scripted-session.ts';
import { terminateHolder } from './slot-holder.ts';

interface Session {
  readonly pid: number;
  readonly application: string;
}

/** A server with one active slot `s`, which is free once its reader was ended. */
class Server {
  readonly ended: number[] = [];
  sessions: Session[] = [];
  isActive = true;
  reader: number | null = null;
  clock = 0;
  replicationSessions = 0;
  /** Run at every wait. */
  tick: () => void = () => undefined;

  readonly session = new ScriptedSession()
    .on('pg_terminate_backend', (text) => this.#end(Number(/\d+/.exec(text)?.[0])))
    .on('from pg_replication_slots', () => this.#slots())
    .on('where application_name in', wire('pid:20 application_name'))
    .on('pg_backend_pid', () => this.#activity());

  #slots() {
    const columns = 'slot_name plugin slot_type database active:16 restart_lsn confirmed_flush retained_bytes';
    return wire(columns, ['s', 'mppdb_decoding', 'logical', 'shop', this.isActive ? 't' : 'f', '0/1', '0/2', '0']);
  }

  #activity() {
    const rows = this.sessions.map((one) => [String(one.pid), one.application, '10.0.0.7', '4711', 't', 'f']);
    return wire('pid:20 application_name client_addr:869 client_port:23 is_walsender:16 names_slot:16', ...rows);
  }

  #end(pid: number) {
    this.ended.push(pid);
    this.sessions = this.sessions.filter((one) => one.pid !== pid);
    if (this.reader === null || this.reader === pid) this.isActive = false;
    return wire('pg_terminate_backend:16', ['t']);
  }

  terminate(timeoutMs = 10_000) {
    const sessions = {
      sql: this.session,
      withReplication: <T>(use: (client: ScriptedSession) => Promise<T>) => {
        this.replicationSessions++;
        return use(this.session);
      },
      wait: async (ms: number) => {
        this.clock += ms;
        this.tick();
      },
    };
    return terminateHolder(sessions, 's', timeoutMs);
  }
}

const PID = 140_619_779_405_504;

describe('terminateHolder', () => {
  it('ends the session named after the slot, at once', async () => {
    const server = new Server();
    server.sessions = [
      { pid: PID, application: 'gausscast:s' },
      { pid: 5, application: 'pg_recvlogical' },
    ];
    expect(await server.terminate()).toBe(PID);
    expect(server.ended).toEqual([PID]);
    expect(server.clock).toBeLessThan(100);
  });

  it('opens no replication session for a slot that nobody reads', async () => {
    const server = new Server();
    server.isActive = false;
    expect(await server.terminate()).toBeNull();
    expect(server.replicationSessions).toBe(0);
  });

  it('ends a reader that came back under a new pid', async () => {
    const server = new Server();
    server.sessions = [{ pid: 1, application: 'gausscast:s' }];
    server.reader = 2;
    server.tick = () => {
      if (server.ended.length === 1) server.sessions = [{ pid: 2, application: 'gausscast:s' }];
    };
    expect(await server.terminate()).toBe(1);
    expect(server.ended).toEqual([1, 2]);
  });

  it('ends the only foreign reader when nothing has changed for a second', async () => {
    const server = new Server();
    server.sessions = [{ pid: 5, application: 'pg_recvlogical' }];
    expect(await server.terminate()).toBe(5);
    expect(server.clock).toBeGreaterThanOrEqual(1_000);
  });

  it('spares a foreign session while the slot is being released', async () => {
    const server = new Server();
    server.sessions = [
      { pid: 1, application: 'gausscast:s' },
      { pid: 5, application: 'pg_recvlogical' },
    ];
    server.reader = 0;
    server.tick = () => {
      if (server.clock >= 900) server.isActive = false;
    };
    expect(await server.terminate()).toBe(1);
    expect(server.ended).toEqual([1]);
  });

  it('ends nobody when it is unclear who reads the slot, and says whom to look at', async () => {
    const server = new Server();
    server.sessions = [
      { pid: 5, application: 'pg_recvlogical' },
      { pid: 6, application: '' },
    ];
    await expect(server.terminate()).rejects.toMatchObject({
      code: 'SLOT_IN_USE',
      message: expect.stringMatching(/pid 5 \(pg_recvlogical, 10\.0\.0\.7:4711\); pid 6 \(no name, 10\.0\.0\.7:4711\)/),
      data: { pids: [5, 6] },
      sql: [
        'SELECT pg_terminate_backend(5);',
        'SELECT pg_terminate_backend(6);',
        "SELECT pg_drop_replication_slot('s');",
      ],
    });
    expect(server.ended).toEqual([]);
  });

  it('gives up in time when no reader can be found', async () => {
    const server = new Server();
    expect(await server.terminate(3_000)).toBeNull();
    expect(server.clock).toBe(3_000);
  });
});
