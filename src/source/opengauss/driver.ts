import type { SourceDriver } from '../source.ts';
import { openOpenGaussCatalog } from './catalog.ts';
import { wantedDecoding } from './decoding.ts';
import { openOpenGaussStream } from './open-stream.ts';
import { precheckOpenGauss, testOpenGaussConnection } from './precheck.ts';
import { openOpenGaussSlotAdmin } from './slot-admin.ts';
import { dropSlotSql } from './slots.ts';

/** Dialects `opengauss` and `gaussdb` behind the source port. */
export function createOpenGaussDriver(): SourceDriver {
  return {
    open: (request, handler) => openOpenGaussStream(request, handler),
    slotNeeds: (options) =>
      wantedDecoding(options).kind === 'pgoutput'
        ? { plugin: 'pgoutput', usesPublication: true }
        : { plugin: 'mppdb_decoding', usesPublication: false },
    dropSlotSql,
    openCatalog: openOpenGaussCatalog,
    openSlotAdmin: openOpenGaussSlotAdmin,
    precheck: precheckOpenGauss,
    testConnection: testOpenGaussConnection,
  };
}
