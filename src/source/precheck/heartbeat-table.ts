import { HEARTBEAT_TABLE, type HeartbeatOptions } from '../../domain/decoding.ts';
import type { CheckResult } from '../../domain/task.ts';
import { heartbeatGrantsSql, heartbeatTableSql } from '../opengauss/heartbeat-table.ts';
import { quoteIdentifier } from '../postgres/quoting.ts';
import { alarm, type CheckSubject, passed } from './check.ts';
import type { HeartbeatFacts } from './gauss-facts.ts';

const SUBJECT: CheckSubject = { id: 'heartbeat-table', group: 'source' };

/**
 * table   | create | role                  | verdict
 * there   | any    | may write it          | PASSED
 * there   | any    | may not               | ALARM with the GRANT
 * missing | true   | CREATE on the schema  | PASSED: made at start
 * missing | else   |                       | ALARM with the whole SQL
 */
export function checkHeartbeatTable(
  options: Pick<HeartbeatOptions, 'schema' | 'create'>,
  role: string,
  facts: HeartbeatFacts,
): CheckResult {
  const name = `${options.schema}.${HEARTBEAT_TABLE}`;
  const usable = facts.canUseSchema && facts.canWrite;
  if (facts.tableExists && usable) return passed(SUBJECT, `The heartbeat table ${name} can be written.`);
  if (!facts.tableExists && options.create && facts.canUseSchema && facts.canCreateInSchema) {
    return passed(SUBJECT, `The heartbeat table ${name} will be created at start.`);
  }
  return alarm(SUBJECT, {
    message: facts.tableExists
      ? `Role ${role} may not write the heartbeat table ${name}.`
      : `There is no heartbeat table ${name}.`,
    cause:
      'Under parallel decoding only commits move the slot: while nothing is written to the selected tables, the server keeps all WAL.',
    cure: cureOf(options, facts),
    sql: [...missingParts(options.schema, facts), ...heartbeatGrantsSql(options.schema, role)],
  });
}

function cureOf(options: Pick<HeartbeatOptions, 'create'>, facts: HeartbeatFacts): string {
  const run = 'Run the SQL as the owner of the schema or an administrator.';
  return facts.canCreateInSchema && !facts.tableExists && !options.create
    ? `${run} Or set source.heartbeat.create to true.`
    : run;
}

function missingParts(schema: string, facts: HeartbeatFacts): readonly string[] {
  if (facts.tableExists) return [];
  const table = heartbeatTableSql(schema);
  return facts.schemaExists ? [table] : [`CREATE SCHEMA ${quoteIdentifier(schema)};`, table];
}
