/** Buffers of closed arenas, used again: fresh ones of this size cost page faults and wait for the garbage collector. */
export class BufferPool {
  readonly #size: number;
  readonly #maxFree: number;
  readonly #free: Buffer[] = [];

  constructor(size: number, maxFree: number) {
    this.#size = size;
    this.#maxFree = maxFree;
  }

  /** A buffer of at least `size` bytes with arbitrary content. */
  take(size: number): Buffer {
    if (size > this.#size) return Buffer.allocUnsafeSlow(size);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size);
  }

  /** Gives a buffer back. Nothing may refer to it any more; those of another size are left to the garbage collector. */
  give(buffer: Buffer): void {
    if (buffer.length === this.#size && this.#free.length < this.#maxFree) this.#free.push(buffer);
  }
}
