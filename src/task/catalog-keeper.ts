import type { Catalog } from '../source/source.ts';

/** Keeps one catalog connection for a session and opens a new one when it broke (idle connections die unnoticed). */
export class CatalogKeeper {
  readonly #open: () => Promise<Catalog>;
  #catalog: Catalog | null = null;

  constructor(open: () => Promise<Catalog>) {
    this.#open = open;
  }

  /** Runs `use`; after a failure on a kept connection it runs once more on a fresh one. */
  async use<T>(use: (catalog: Catalog) => Promise<T>): Promise<T> {
    const kept = this.#catalog;
    if (kept !== null) {
      try {
        return await use(kept);
      } catch {
        await this.close();
      }
    }
    this.#catalog = await this.#open();
    return use(this.#catalog);
  }

  async close(): Promise<void> {
    const catalog = this.#catalog;
    this.#catalog = null;
    await catalog?.close().catch(() => undefined);
  }
}
