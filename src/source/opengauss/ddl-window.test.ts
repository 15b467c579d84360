import { describe, expect, it } from 'vitest';
import { type DdlFinding, DdlWindow } from './ddl-window.ts';

const TABLE = { schema: 'public', table: 't' };

function setUp() {
  const found: DdlFinding[] = [];
  return { window: new DdlWindow((finding) => found.push(finding)), found };
}

describe('DdlWindow', () => {
  it('finds a transaction whose rows came first', () => {
    const { window, found } = setUp();
    window.wroteRows(7);
    window.changedTable(7, TABLE);
    expect(found).toEqual([{ xid: 7, ...TABLE }]);
  });

  it('finds a transaction whose DDL was seen first: the stream lags behind the catalog', () => {
    const { window, found } = setUp();
    window.changedTable(8, TABLE);
    expect(found).toEqual([]);
    window.wroteRows(8);
    expect(found).toEqual([{ xid: 8, ...TABLE }]);
  });

  it('tells each once, however often the catalog is read', () => {
    const { window, found } = setUp();
    window.wroteRows(7);
    window.changedTable(7, TABLE);
    window.changedTable(7, TABLE);
    expect(found).toHaveLength(1);
  });

  it('says nothing of DDL in a transaction of its own', () => {
    const { window, found } = setUp();
    window.wroteRows(7);
    window.changedTable(9, TABLE);
    expect(found).toEqual([]);
  });

  it('forgets the oldest', () => {
    const { window, found } = setUp();
    for (let xid = 0; xid <= 50_000; xid++) window.wroteRows(xid);
    window.changedTable(0, TABLE);
    expect(found).toEqual([]);
    window.changedTable(1, TABLE);
    expect(found).toHaveLength(1);
  });
});
