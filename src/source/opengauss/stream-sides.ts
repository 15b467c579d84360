import type { ChangeHandler } from '../../domain/change.ts';
import { CdcError } from '../../domain/errors.ts';
import type { Lsn } from '../../domain/lsn.ts';
import type { ShapeSource } from '../decode/shapes.ts';
import type { SetTimer } from '../session.ts';
import type { SourceNotice, StreamRequest } from '../source.ts';
import { readCatalogVersions } from './catalog-versions.ts';
import { DdlWatch, type WatchedTable } from './ddl-watch.ts';
import { readDecodeStatus } from './decode-status.ts';
import type { Decoding } from './decoding.ts';
import { beat, createHeartbeatTable, heartbeatGrantsSql, heartbeatTableSql } from './heartbeat-table.ts';
import { IdleSlot } from './idle-slot.ts';
import { loadShapes, ShapeDirectory } from './shapes.ts';
import type { SideSession } from './side-session.ts';
import type { StreamFacts } from './stream-facts.ts';
import type { StreamCompanions } from './stream-protocol.ts';

export interface SidesParts {
  readonly request: StreamRequest;
  readonly decoding: Decoding;
  readonly facts: StreamFacts;
  readonly side: SideSession;
  readonly notice: (notice: SourceNotice) => void;
  readonly setTimer: SetTimer;
}

/** Serial decoding of earlier versions leaves out what follows DDL in a transaction, as parallel decoding does in all. */
const FIRST_SERIAL_PAST_DDL = 6;

/** What goes on beside a stream over one SQL session: shapes of tables, heartbeats, the watch for DDL in transactions. */
export class StreamSides implements StreamCompanions {
  readonly #parts: SidesParts;
  readonly #directory: ShapeDirectory;
  readonly #ddl: DdlWatch | null;
  #idle: IdleSlot | null = null;
  #holdFor: (work: Promise<void>) => void = () => undefined;

  constructor(parts: SidesParts) {
    const { request, side } = parts;
    this.#parts = parts;
    this.#directory = new ShapeDirectory({
      load: (tables) => side.use((session) => loadShapes(session, tables)),
      hold: (work) => this.#holdFor(work),
    });
    this.#ddl = losesAfterDdl(parts)
      ? new DdlWatch({
          tables: () => this.#watched(),
          versions: (oids) => side.use((session) => readCatalogVersions(session, oids)),
          notice: parts.notice,
          setTimer: parts.setTimer,
        })
      : null;
    if (parts.decoding.kind === 'parallel') {
      this.#idle = new IdleSlot(
        {
          beat: () => side.use((session) => beat(session, request.heartbeat.schema, request.slot)),
          progress: () => side.use((session) => readDecodeStatus(session, request.slot)),
          notice: parts.notice,
          intervalMs: request.heartbeat.intervalMs,
          setTimer: parts.setTimer,
          sql: heartbeatSql(request),
        },
        request.startLsn,
      );
    }
  }

  /** Reads what decoding needs of the catalog, and makes the heartbeat table if the user agreed. Errors: SOURCE_*. */
  async prepare(): Promise<void> {
    const { request, decoding } = this.#parts;
    if (decoding.kind === 'pgoutput') return;
    if (request.tables === null) throw new CdcError('INTERNAL', 'a stream without a publication needs its tables');
    await this.#directory.refresh(request.tables);
    if (this.#idle !== null && request.heartbeat.create) await this.#createHeartbeat();
  }

  /** The stream is open. */
  start(): void {
    this.#idle?.start();
    this.#ddl?.start();
  }

  shapes(holdFor: (work: Promise<void>) => void): ShapeSource {
    this.#holdFor = holdFor;
    return this.#directory;
  }

  observe(handler: ChangeHandler): ChangeHandler {
    return this.#ddl?.observe(handler) ?? handler;
  }

  delivered(lsn: Lsn): void {
    this.#idle?.delivered(lsn);
  }

  asked(): void {
    this.#idle?.ask();
  }

  judge(lsn: Lsn) {
    return this.#idle?.keepalive(lsn) ?? { lsn, reach: 'delivered' as const };
  }

  close(): void {
    this.#idle?.close();
    this.#ddl?.close();
  }

  /** Without the table the stream runs; the notice of the first heartbeat that fails says what is missing. */
  async #createHeartbeat(): Promise<void> {
    const { side, request } = this.#parts;
    await side.use((session) => createHeartbeatTable(session, request.heartbeat.schema)).catch(() => undefined);
  }

  #watched(): readonly WatchedTable[] {
    return (this.#parts.request.tables ?? []).flatMap((name) => {
      const oid = this.#directory.find(name.schema, name.table)?.relation.oid;
      return oid === undefined ? [] : [{ ...name, oid }];
    });
  }
}

function losesAfterDdl({ decoding, facts }: SidesParts): boolean {
  if (decoding.kind === 'parallel') return true;
  return decoding.kind === 'serial' && facts.major !== null && facts.major < FIRST_SERIAL_PAST_DDL;
}

function heartbeatSql({ heartbeat, endpoint }: StreamRequest): readonly string[] {
  return [heartbeatTableSql(heartbeat.schema), ...heartbeatGrantsSql(heartbeat.schema, endpoint.username)];
}
