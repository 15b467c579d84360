import type { ReplicaIdentity } from '../../src/domain/relation.ts';
import { ByteSink } from './byte-sink.ts';

/** A cell: text, NULL, or undefined for "unchanged, not sent". */
export type WalCell = string | Buffer | null | undefined;

export interface WalRelation {
  readonly oid: number;
  readonly schema?: string;
  readonly table: string;
  readonly identity?: ReplicaIdentity;
  readonly columns: readonly WalColumn[];
}

export interface WalColumn {
  readonly name: string;
  readonly typeOid?: number;
  readonly typeModifier?: number;
  readonly flags?: number;
}

export interface WalFrame {
  readonly lsn: bigint;
  readonly payload: Buffer;
}

export interface BeginOptions {
  readonly xid?: number;
  /** Microseconds since 1970. */
  readonly commitTimeUs?: bigint;
  readonly finalLsn?: bigint;
}

const POSTGRES_EPOCH_US = 946_684_800_000_000n;
/** Made-up WAL length of one change. */
const STEP = 0x40n;
/** Some long-lived text type, as good as any where a test does not care. */
const TEXT_OID = 25;

/** Builds pgoutput frames (protocol 1): `new WalBuilder().begin().relation(r).insert(oid, cells).commit()`. */
export class WalBuilder {
  readonly frames: WalFrame[] = [];
  #lsn: bigint;
  #xid = 700;

  constructor(startLsn = 0x1_0000n) {
    this.#lsn = startLsn;
  }

  /** Where the last frame ended: after `commit`, the position to confirm. */
  get lsn(): bigint {
    return this.#lsn;
  }

  begin({ xid = this.#xid++, commitTimeUs = POSTGRES_EPOCH_US, finalLsn = this.#lsn }: BeginOptions = {}): this {
    const time = commitTimeUs - POSTGRES_EPOCH_US;
    return this.#frame(new ByteSink().tag('B').int64(finalLsn).int64(time).uint32(xid), this.#lsn);
  }

  /** Ends the transaction; the frame's LSN is the end LSN, as the server has it. */
  commit(endLsn = this.#lsn + STEP): this {
    const body = new ByteSink().tag('C').uint8(0).int64(this.#lsn).int64(endLsn).int64(0n);
    this.#lsn = endLsn;
    return this.#frame(body, endLsn);
  }

  origin(name: string): this {
    return this.#frame(new ByteSink().tag('O').int64(1n).text(name), 0n);
  }

  relation({ oid, schema = 'public', table, identity = 'd', columns }: WalRelation): this {
    const body = new ByteSink().tag('R').uint32(oid).text(schema).text(table).tag(identity).uint16(columns.length);
    for (const { name, typeOid = TEXT_OID, typeModifier = -1, flags = 0 } of columns) {
      body.uint8(flags).text(name).uint32(typeOid).int32(typeModifier);
    }
    return this.#frame(body, 0n);
  }

  type(oid: number, name: string): this {
    return this.#frame(new ByteSink().tag('Y').uint32(oid).text('public').text(name), 0n);
  }

  insert(oid: number, cells: readonly WalCell[]): this {
    return this.#change(tuple(new ByteSink().tag('I').uint32(oid).tag('N'), cells));
  }

  update(oid: number, cells: readonly WalCell[], old?: { kind: 'K' | 'O'; cells: readonly WalCell[] }): this {
    const body = new ByteSink().tag('U').uint32(oid);
    if (old) tuple(body.tag(old.kind), old.cells);
    return this.#change(tuple(body.tag('N'), cells));
  }

  delete(oid: number, kind: 'K' | 'O', cells: readonly WalCell[]): this {
    return this.#change(tuple(new ByteSink().tag('D').uint32(oid).tag(kind), cells));
  }

  truncate(oids: readonly number[], options = 0): this {
    const body = new ByteSink().tag('T').uint32(oids.length).uint8(options);
    for (const oid of oids) body.uint32(oid);
    return this.#change(body);
  }

  message(prefix: string, content: string, transactional: boolean): this {
    const bytes = Buffer.from(content);
    const body = new ByteSink()
      .tag('M')
      .uint8(transactional ? 1 : 0)
      .int64(this.#lsn)
      .text(prefix);
    return this.#change(body.uint32(bytes.length).bytes(bytes));
  }

  /** A frame with bytes as given. */
  raw(payload: Buffer): this {
    return this.#frame(new ByteSink().bytes(payload), this.#lsn);
  }

  /** All frames as the CopyData messages a walsender would send. */
  bytes(): Buffer {
    return Buffer.concat(this.frames.map(({ lsn, payload }) => xlogData(lsn, payload)));
  }

  #change(body: ByteSink): this {
    this.#lsn += STEP;
    return this.#frame(body, this.#lsn);
  }

  #frame(body: ByteSink, lsn: bigint): this {
    this.frames.push({ lsn, payload: body.toBuffer() });
    return this;
  }
}

/** A backend message: type, length, body. */
export function backendMessage(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  return new ByteSink()
    .tag(type)
    .uint32(body.length + 4)
    .bytes(body)
    .toBuffer();
}

/** XLogData as a CopyData message. */
export function xlogData(lsn: bigint, payload: Buffer): Buffer {
  return backendMessage('d', new ByteSink().tag('w').int64(lsn).int64(lsn).int64(0n).bytes(payload).toBuffer());
}

/** A primary keepalive as a CopyData message. */
export function keepalive(lsn: bigint, wantsReply = false): Buffer {
  return backendMessage(
    'd',
    new ByteSink()
      .tag('k')
      .int64(lsn)
      .int64(0n)
      .uint8(wantsReply ? 1 : 0)
      .toBuffer(),
  );
}

/** CopyBothResponse: the begin of streaming. */
export const COPY_BOTH = backendMessage('W', new ByteSink().uint8(0).uint16(0).toBuffer());

function tuple(body: ByteSink, cells: readonly WalCell[]): ByteSink {
  body.uint16(cells.length);
  for (const cell of cells) {
    if (cell === null) body.tag('n');
    else if (cell === undefined) body.tag('u');
    else {
      const bytes = Buffer.from(cell);
      body.tag('t').uint32(bytes.length).bytes(bytes);
    }
  }
  return body;
}
