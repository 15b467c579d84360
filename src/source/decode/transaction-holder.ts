import type { FrameReader } from './frame-reader.ts';

const HOLD_BYTES = 4 * 1_048_576;
/** Numbers per frame in `#places`: start, end, LSN high, LSN low. */
const FIELDS = 4;

/**
 * Frames of one transaction, kept as references into the received chunks until they can be handed over: a serial stream
 * tells the commit time only with the COMMIT.
 */
export class TransactionHolder {
  readonly #bytes: Buffer[] = [];
  readonly #places: number[] = [];
  #first = 0;
  #size = 0;

  /** More is kept than a transaction may hold back (4 MiB of frames). */
  get isFull(): boolean {
    return this.#size > HOLD_BYTES;
  }

  get isEmpty(): boolean {
    return this.#first === this.#bytes.length;
  }

  keep({ bytes, start, end, lsnHigh, lsnLow }: FrameReader): void {
    this.#bytes.push(bytes);
    this.#places.push(start, end, lsnHigh, lsnLow);
    this.#size += end - start;
  }

  /** Puts the reader at the begin of the first frame, which stays kept. */
  openFirst(reader: FrameReader): void {
    const at = this.#first * FIELDS;
    const places = this.#places;
    reader.open(this.#bytes[this.#first]!, places[at]!, places[at + 1]!, places[at + 2]!, places[at + 3]!);
  }

  /** Forgets the first frame; the last one takes all references with it. */
  dropFirst(): void {
    this.#first++;
    if (!this.isEmpty) return;
    this.#bytes.length = 0;
    this.#places.length = 0;
    this.#first = 0;
    this.#size = 0;
  }
}
