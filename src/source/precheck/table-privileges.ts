import type { CheckResult } from '../../domain/task.ts';
import { quoteIdentifier, quoteTable } from '../postgres/quoting.ts';
import { type CheckSubject, failed, passed, tableNames } from './check.ts';
import type { TableAccess } from './facts.ts';

const SUBJECT: CheckSubject = { id: 'table-privileges', group: 'objects' };

/** USAGE on the schemas and SELECT on the tables. CONNECT is proved by being connected. */
export function checkTablePrivileges(role: string, tables: readonly TableAccess[]): CheckResult {
  const closed = [...new Set(tables.filter((one) => !one.canUseSchema).map((one) => one.schema))];
  const unreadable = tables.filter((one) => !one.canSelect);
  if (closed.length === 0 && unreadable.length === 0) {
    return passed(SUBJECT, `Role ${role} may read all selected tables.`);
  }
  const grantee = quoteIdentifier(role);
  const schemas = closed.length > 0 ? [`USAGE on schema ${closed.join(', ')}`] : [];
  const reads = unreadable.length > 0 ? [`SELECT on ${tableNames(unreadable)}`] : [];
  return failed(SUBJECT, {
    message: `Role ${role} may not read all selected tables.`,
    cause: `Missing: ${[...schemas, ...reads].join('; ')}.`,
    cure: 'Run the SQL as the owner or a superuser.',
    sql: [
      ...closed.map((schema) => `GRANT USAGE ON SCHEMA ${quoteIdentifier(schema)} TO ${grantee};`),
      ...unreadable.map((table) => `GRANT SELECT ON TABLE ${quoteTable(table)} TO ${grantee};`),
    ],
  });
}
