import { openStream } from '../session.ts';
import type { SourceDriver } from '../source.ts';
import { openCatalog } from './catalog.ts';
import { precheckPostgres, testPostgresConnection } from './precheck.ts';
import { openSlotAdmin } from './slot-admin.ts';
import { dropSlotSql } from './slots.ts';
import { postgresProtocol } from './stream-protocol.ts';

/** Dialect `postgres` behind the source port: PostgreSQL 12 and newer, plugin pgoutput. */
export function createPostgresDriver(): SourceDriver {
  return {
    open: (request, handler) => openStream(request, handler, postgresProtocol(request)),
    slotNeeds: () => ({ plugin: 'pgoutput', usesPublication: true }),
    dropSlotSql,
    openCatalog,
    openSlotAdmin,
    precheck: precheckPostgres,
    testConnection: testPostgresConnection,
  };
}
