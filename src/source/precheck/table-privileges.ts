import type { CheckResult } from '../../domain/task.ts';
import { quoteIdentifier, quoteTable } from '../postgres/quoting.ts';
import { type CheckSubject, failed, passed, tableNames } from './check.ts';
import type { TableAccess } from './facts.ts';

const SUBJECT: CheckSubject = { id: 'table-privileges', group: 'objects' };

/**
 * USAGE on the schemas and SELECT on the tables. CONNECT is proved by being connected. `needsSelect` false: the stream runs
 * as the server's initial user (openGauss), so that rights of the role on tables play no part.
 */
export function checkTablePrivileges(role: string, tables: readonly TableAccess[], needsSelect = true): CheckResult {
  const closed = [...new Set(tables.filter((one) => !one.canUseSchema).map((one) => one.schema))];
  const unreadable = needsSelect ? tables.filter((one) => !one.canSelect) : [];
  if (closed.length === 0 && unreadable.length === 0) {
    const text = needsSelect ? `Role ${role} may read all selected tables.` : `Role ${role} may use their schemas.`;
    return passed(SUBJECT, text);
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
