import { LSN_ZERO, type Lsn } from '../domain/lsn.ts';

/** A position a stream can go on from: `lsn` is confirmed and stored, the next selected change gets `nextEventNumber`. */
export interface Position {
  readonly lsn: Lsn;
  readonly nextEventNumber: number;
  /** End of the last transaction on the way there; null: none yet. */
  readonly lastCommit: Lsn | null;
}

/** The last change of the acknowledged prefix, where it lies inside a transaction that is not wholly acknowledged. */
export interface PublishedThrough {
  readonly eventNumber: number;
  readonly lsnHigh: number;
  readonly lsnLow: number;
}

interface Batch {
  readonly ticket: number;
  /** End of the last transaction whose last record lies in this batch or before; null: none ended since the batch before. */
  commit: Position | null;
  readonly last: PublishedThrough;
  acknowledged: boolean;
}

/**
 * The law of acknowledgement (design §5.2) as bookkeeping: which position may be confirmed, given which batches Kafka has.
 *
 * Batches are closed in stream order and may be acknowledged in any order. A transaction counts as done when the batch
 * that holds its last record, and every batch before, is acknowledged. A commit that arrives while no record is open
 * belongs to the last closed batch (or is done at once when nothing is in flight), so transactions without records
 * never block. Memory is one entry per closed batch, not per transaction.
 */
export class AckWindow {
  #position: Position;
  #partial: PublishedThrough | null;
  #batches: Batch[] = [];
  #openRecords = 0;
  #openCommit: Position | null = null;
  #lastNumber = 0;
  #lastHigh = 0;
  #lastLow = 0;
  #nextTicket = 1;

  /** `published`: acknowledged changes beyond `start` from before a cut; they will be replayed but not recorded. */
  constructor(start: Position, published: PublishedThrough | null = null) {
    this.#position = start;
    this.#partial = published;
  }

  /** A change was written into the open batch (once per change, however many records it became). */
  record(eventNumber: number, lsnHigh: number, lsnLow: number): void {
    this.#openRecords++;
    this.#lastNumber = eventNumber;
    this.#lastHigh = lsnHigh;
    this.#lastLow = lsnLow;
  }

  /** The stream reached `position`, where no transaction is open; everything recorded so far lies before it. */
  committed(position: Position): void {
    if (this.#openRecords > 0) this.#openCommit = position;
    else if (this.#batches.length > 0) this.#batches[this.#batches.length - 1]!.commit = position;
    else this.#advance(position);
  }

  /** Closes the open batch; returns its ticket. */
  close(): number {
    const ticket = this.#nextTicket++;
    const last = { eventNumber: this.#lastNumber, lsnHigh: this.#lastHigh, lsnLow: this.#lastLow };
    this.#batches.push({ ticket, commit: this.#openCommit, last, acknowledged: false });
    this.#openRecords = 0;
    this.#openCommit = null;
    return ticket;
  }

  /** Kafka has the batch. Returns true when the confirmable position moved. */
  acknowledge(ticket: number): boolean {
    const batch = this.#batches.find((candidate) => candidate.ticket === ticket);
    if (batch) batch.acknowledged = true;
    const before = this.#position;
    while (this.#batches[0]?.acknowledged) {
      const done = this.#batches.shift()!;
      this.#partial = done.last;
      if (done.commit) this.#advance(done.commit);
    }
    return this.#position !== before;
  }

  /** What may be stored and confirmed now. */
  get position(): Position {
    return this.#position;
  }

  /** Set when acknowledged changes lie beyond `position`: a stop in mid-transaction stores it (design §5.11). */
  get publishedThrough(): PublishedThrough | null {
    const partial = this.#partial;
    return partial !== null && partial.eventNumber >= this.#position.nextEventNumber ? partial : null;
  }

  /** Nothing recorded is waiting for Kafka. */
  get isEmpty(): boolean {
    return this.#openRecords === 0 && this.#batches.length === 0;
  }

  get openChanges(): number {
    return this.#openRecords;
  }

  #advance(position: Position): void {
    // Positions never move back: a replayed older commit must not undo a confirmation.
    if (position.lsn > this.#position.lsn && position.lsn !== LSN_ZERO) this.#position = position;
    else if (position.nextEventNumber > this.#position.nextEventNumber) {
      this.#position = { ...position, lsn: this.#position.lsn };
    }
  }
}
