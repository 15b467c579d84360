import { openStream } from '../session.ts';
import type { SourceDriver } from '../source.ts';
import { openCatalog } from './catalog.ts';
import { precheckPostgres, testPostgresConnection } from './precheck.ts';
import { openSlotAdmin } from './slot-admin.ts';

/** Dialect `postgres` behind the source port: PostgreSQL 12 and newer, plugin pgoutput. */
export function createPostgresDriver(): SourceDriver {
  return {
    open: (request, handler) => openStream(request, handler),
    openCatalog,
    openSlotAdmin,
    precheck: precheckPostgres,
    testConnection: testPostgresConnection,
  };
}
