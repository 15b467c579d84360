/** Anything opened for one session and closed with it, in reverse order. */
export class Resources {
  readonly #closers: (() => Promise<void> | void)[] = [];
  #closed = false;

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Keeps `resource` until the session ends. When it has ended meanwhile the resource is closed at once and this throws. */
  async add<T extends { close(): Promise<void> | void }>(resource: T): Promise<T> {
    if (this.#closed) {
      await resource.close();
      throw new Error('the session ended while it was starting');
    }
    this.#closers.push(() => resource.close());
    return resource;
  }

  /** Closes everything; one that fails to close does not keep the others open. */
  async close(): Promise<void> {
    this.#closed = true;
    for (let closer = this.#closers.pop(); closer; closer = this.#closers.pop()) {
      try {
        await closer();
      } catch {
        // Closing is best effort: the peer may be gone, which is why we close.
      }
    }
  }
}
