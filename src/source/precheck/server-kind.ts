import type { CheckResult } from '../../domain/task.ts';
import { type CheckSubject, failed, passed } from './check.ts';
import type { ServerFactsForCheck } from './facts.ts';
import { productKind } from './product-kind.ts';

const SUBJECT: CheckSubject = { id: 'source-dialect', group: 'source' };
/** Oldest version whose catalogs are read as they are (attgenerated, pg_partition_tree). */
const OLDEST_VERSION = 120_000;

/** Dialect postgres: the server must be PostgreSQL (not openGauss or GaussDB) of a version that is supported. */
export function checkServerKind(facts: Pick<ServerFactsForCheck, 'product' | 'versionNumber'>): CheckResult {
  const kind = productKind(facts.product);
  if (kind !== 'postgres') {
    return failed(SUBJECT, {
      message: `The server is ${kind}, not PostgreSQL.`,
      cause: facts.product,
      cure: `Set source.dialect to "${kind}".`,
    });
  }
  if (facts.versionNumber < OLDEST_VERSION) {
    return failed(SUBJECT, {
      message: 'PostgreSQL 12 or newer is needed.',
      cause: facts.product,
      cure: 'Upgrade the source.',
    });
  }
  return passed(SUBJECT, facts.product);
}
