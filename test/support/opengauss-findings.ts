import { expect } from 'vitest';
import { statementsOf } from './fake-opengauss/execute.ts';
import type { Role } from './fake-opengauss/model.ts';
import { errorFields, RawClient } from './fake-opengauss/raw-client.ts';
import { ADMIN, type FakeOpenGauss } from './fake-opengauss/server.ts';
import type { FakeOptions } from './fake-opengauss/state.ts';
import type { GaussScenario } from './opengauss-scenario.ts';
import type { GaussScenarios } from './opengauss-suite.ts';

/** The task's role with all that it needs, and no more. */
export const TASK_ROLE: Role = { ...ADMIN, sysadmin: false };
const DBA: Role = { ...ADMIN, name: 'dba' };
/** With it and TASK_ROLE all checks of `public.t` pass. */
const TABLE = { columns: { id: 'integer', v: 'text' }, primaryKey: ['id'], identity: 'f' } as const;

/** Something that a precheck finds. */
export interface Finding {
  readonly options?: FakeOptions;
  readonly role?: Partial<Role>;
  /** What is special about the server. */
  readonly given?: (server: FakeOpenGauss) => void;
  readonly include?: readonly string[];
  /** Members of `source`. */
  readonly source?: Readonly<Record<string, unknown>>;
  readonly id: string;
  readonly status: 'ALARM' | 'FAILED';
  readonly message: RegExp;
  readonly cause: RegExp;
  readonly cure: RegExp;
  readonly sql?: readonly string[];
  /** The fake server cannot run the SQL. */
  readonly isOnlyShown?: boolean;
}

/** A server that differs from a faultless one in what `finding` says. */
export async function serverWith(
  scenario: GaussScenarios,
  { options, role, given }: Partial<Finding>,
): Promise<GaussScenario> {
  const gauss = await scenario({ roles: [{ ...TASK_ROLE, ...role }, DBA], ...options });
  gauss.server.table('public.t', TABLE);
  given?.(gauss.server);
  return gauss;
}

/** The spec that a finding is about: heartbeats are agreed to, unless it says otherwise. */
export function specOf(gauss: GaussScenario, { include = ['public.t'], source = {} }: Partial<Finding>) {
  return gauss.spec(include, { source: { heartbeat: { create: true }, ...source } });
}

/** The precheck has this finding and no other; where it shows SQL, the next precheck after that passes. */
export async function expectFinding(scenario: GaussScenarios, finding: Finding): Promise<void> {
  const gauss = await serverWith(scenario, finding);
  const { api, server } = gauss;
  const { id } = await api.create(specOf(gauss, finding));
  const { status, checks } = await api.precheck(id);
  expect(checks.filter((check) => check.status !== 'PASSED')).toEqual([
    {
      id: finding.id,
      group: expect.stringMatching(/^(source|objects)$/),
      status: finding.status,
      message: expect.stringMatching(finding.message),
      cause: expect.stringMatching(finding.cause),
      cure: expect.stringMatching(finding.cure),
      sql: finding.sql ?? [],
    },
  ]);
  expect(status).toBe(finding.status);
  if (finding.sql === undefined || finding.isOnlyShown) return;
  await runAsAdministrator(server, finding.sql);
  const again = await api.precheck(id);
  expect(again.checks.filter((check) => check.status !== 'PASSED')).toEqual([]);
}

/** Comments are left out: they are for the user to choose from. */
export async function runAsAdministrator(server: FakeOpenGauss, sql: readonly string[]): Promise<void> {
  const client = await RawClient.connect(server.port);
  await client.login(DBA.name, DBA.password, { database: server.state.database });
  for (const statement of statementsOf(sql.filter((one) => !one.startsWith('--')).join('\n'))) {
    client.query(statement);
    const answer = await client.next('C', 'E');
    if (answer.type === 'E') throw new Error(`${statement}: ${errorFields(answer).M}`);
  }
  client.close();
}
