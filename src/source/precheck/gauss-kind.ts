import type { CheckResult } from '../../domain/task.ts';
import { alarm, type CheckSubject, failed, passed } from './check.ts';
import type { GaussProductFacts } from './gauss-facts.ts';
import { productKind } from './product-kind.ts';

const SUBJECT: CheckSubject = { id: 'source-dialect', group: 'source' };

/**
 * server                      | pgxc_node D rows | verdict
 * another kind than `dialect` | any              | FAILED
 * distributed, coordinator    | some             | FAILED: neither rows nor their WAL are there
 * distributed, data node      | none             | ALARM: one shard of the cluster
 * centralized, openGauss      | none             | PASSED
 */
export function checkGaussKind(dialect: 'opengauss' | 'gaussdb', facts: GaussProductFacts): CheckResult {
  const kind = productKind(facts.product, facts.functions);
  if (kind !== dialect) {
    return failed(SUBJECT, {
      message: `The server is ${kind}, not ${dialect}.`,
      cause: facts.product,
      cure: `Set source.dialect to "${kind}".`,
    });
  }
  if (facts.dataNodes !== null && facts.dataNodes > 0) {
    return failed(SUBJECT, {
      message: `The server is a coordinator of a distributed cluster with ${facts.dataNodes} data nodes.`,
      cause: 'Rows and their WAL are on the data nodes; a coordinator has nothing to decode.',
      cure: 'Name a primary data node in source.host and source.port; a task reads one node.',
    });
  }
  if (/distribut/i.test(facts.deployment ?? '')) {
    return alarm(SUBJECT, {
      message: 'The server is one data node of a distributed cluster.',
      cause: 'It holds its own shard only: rows of the other data nodes are not in its WAL.',
      cure: 'Accept it if one task per primary data node is meant.',
    });
  }
  return passed(SUBJECT, facts.product);
}
