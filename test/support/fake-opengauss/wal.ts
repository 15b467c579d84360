import { encodeParallel } from './parallel.ts';
import { encodePgoutput } from './pgoutput.ts';
import { encodeSerial } from './serial.ts';
import type { LoggedTransaction, StreamFormat, WalTransaction } from './transaction.ts';

/** Makes a transaction deliverable in every format. */
export function walTransaction(logged: LoggedTransaction): WalTransaction {
  const { xid, csn, commitStart, commitEnd } = logged;
  const pieces = (format: StreamFormat) => {
    if (format.style === 'pgoutput') return encodePgoutput(logged, format);
    return format.style === 'serial' ? encodeSerial(logged, format) : encodeParallel(logged, format, format.style);
  };
  return { xid, csn, commitStart, commitEnd, pieces };
}

/** All that was committed, in commit order. */
export class Wal {
  readonly transactions: WalTransaction[] = [];
  readonly #listeners = new Set<() => void>();
  #end: bigint;

  constructor(start: bigint) {
    this.#end = start;
  }

  get end(): bigint {
    return this.#end;
  }

  get lastXid(): bigint {
    return this.transactions.at(-1)?.xid ?? 13_000n;
  }

  get lastCsn(): bigint {
    return this.transactions.at(-1)?.csn ?? 1_000n;
  }

  /** Adds transactions, all behind what is there. */
  append(transactions: readonly WalTransaction[]): void {
    for (const transaction of transactions) {
      if (transaction.commitEnd <= this.#end) throw new Error('the WAL only grows');
      this.transactions.push(transaction);
      this.#end = transaction.commitEnd;
    }
    this.notify();
  }

  /** Lets the streams look at what is there. */
  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  /** WAL that no stream shows: other databases, checkpoints. */
  grow(bytes: bigint): void {
    this.#end += bytes;
  }

  /** Calls back after each append and `notify`; the result ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
