import type { BindingCounters } from '../pipeline/binding.ts';
import type { StoredTotals, TableCounters } from '../store/store.ts';
import type { TableProgress } from './task-api.ts';

/** Totals of a task: what earlier sessions stored plus this session's counters. */
export class RunTotals {
  readonly #before: StoredTotals;
  readonly #tables = new Map<string, BindingCounters>();

  constructor(before: StoredTotals | null) {
    this.#before = before ?? { published: 0, bytes: 0, skipped: 0, tables: [] };
    for (const table of this.#before.tables) {
      const { schema, table: name, topic, inserted, updated, deleted } = table;
      this.#tables.set(`${schema}\0${name}`, { schema, table: name, topic, inserted, updated, deleted });
    }
  }

  /** The counters of a table, shared by all versions of its relation. */
  counters(schema: string, table: string, topic: string): BindingCounters {
    const key = `${schema}\0${table}`;
    const known = this.#tables.get(key);
    if (known?.topic === topic) return known;
    const fresh = { inserted: 0, updated: 0, deleted: 0, ...known, schema, table, topic };
    this.#tables.set(key, fresh);
    return fresh;
  }

  tables(): TableProgress[] {
    return [...this.#tables.values()].map((table): TableCounters => ({ ...table, failed: 0 }));
  }

  /** The sum to store and to show, given this session's own numbers. */
  sum(session: { readonly records: number; readonly bytes: number; readonly skipped: number }): StoredTotals {
    return {
      published: this.#before.published + session.records,
      bytes: this.#before.bytes + session.bytes,
      skipped: this.#before.skipped + session.skipped,
      tables: this.tables() as TableCounters[],
    };
  }
}
