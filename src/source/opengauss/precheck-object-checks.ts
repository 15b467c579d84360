import type { CheckResult } from '../../domain/task.ts';
import { checkColumnTypes } from '../precheck/column-types.ts';
import type { TableAccess } from '../precheck/facts.ts';
import type { GaussServerFacts } from '../precheck/gauss-facts.ts';
import { checkManagedPublication } from '../precheck/managed-publication.ts';
import { checkObjectsExist } from '../precheck/objects-exist.ts';
import { checkOldRows, checkReplicaIdentity } from '../precheck/replica-identity.ts';
import { checkTableKinds } from '../precheck/table-kinds.ts';
import { checkTableNames } from '../precheck/table-names.ts';
import { checkTablePrivileges } from '../precheck/table-privileges.ts';
import { checkUnloggedTables } from '../precheck/unlogged-tables.ts';
import { checkUserPublication } from '../precheck/user-publication.ts';
import type { SourceTable } from '../source.ts';
import { wantedDecoding } from './decoding.ts';
import { listForeignTables } from './foreign-tables.ts';
import { independentTables, readAccess, readColumns, readIdentities } from './precheck-objects.ts';
import { readGaussPublication } from './precheck-publication.ts';
import { answerOr, type PrecheckUnderWay } from './precheck-under-way.ts';
import { readTableKinds } from './table-kinds.ts';
import { listTables } from './table-list.ts';

/** Checks of the selected tables; adds to the report and returns those that can be captured. */
export async function objectChecks(
  precheck: PrecheckUnderWay,
  server: GaussServerFacts,
): Promise<readonly SourceTable[]> {
  const { request, session, checks } = precheck;
  const capturable = await listTables(session);
  const all = [...capturable, ...(await answerOr([], () => listForeignTables(session)))];
  const selected = request.select(all);
  checks.push(checkObjectsExist(selected, all));
  if (selected.tables.length === 0) return [];
  const known = new Set(capturable);
  const tables = selected.tables.filter((table) => known.has(table));
  const access = await readAccess(session, selected.tables);
  checks.push(checkTablePrivileges(server.role, access, false));
  const kinds = await readTableKinds(session, selected.tables);
  const independent = await answerOr([], () => independentTables(session, access));
  checks.push(checkTableKinds(kinds, independent));
  if (tables.length > 0) await tableChecks(precheck, server, tables, access);
  return tables;
}

async function tableChecks(
  precheck: PrecheckUnderWay,
  server: GaussServerFacts,
  tables: readonly SourceTable[],
  access: readonly TableAccess[],
): Promise<void> {
  const { request, session, checks } = precheck;
  const identities = await readIdentities(session, tables);
  checks.push(checkUnloggedTables(identities, 'opengauss'));
  checks.push(checkReplicaIdentity(identities), checkOldRows(identities));
  checks.push(checkColumnTypes(await readColumns(session, tables)));
  const { kind, style } = wantedDecoding(request.decoding);
  checks.push(
    kind === 'pgoutput'
      ? await publicationCheck(precheck, server, tables, access)
      : checkTableNames(tables, kind === 'parallel' ? style : 'json'),
  );
}

async function publicationCheck(
  { request, session }: PrecheckUnderWay,
  server: GaussServerFacts,
  tables: readonly SourceTable[],
  access: readonly TableAccess[],
): Promise<CheckResult> {
  const { userPublication, managedPublication } = request;
  if (userPublication !== null) {
    const { publication, syntax } = await readGaussPublication(session, userPublication);
    return checkUserPublication(userPublication, publication, tables, syntax);
  }
  const facts = { ...server, isSuperuser: server.isAdmin };
  return checkManagedPublication(managedPublication, facts, access, { viaRoot: false, truncate: false });
}
