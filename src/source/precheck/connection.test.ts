import { describe, expect, it } from 'vitest';
import type { SourceEndpoint } from '../../domain/endpoints.ts';
import { CdcError } from '../../domain/errors.ts';
import { connectionChecks } from './connection.ts';

const endpoint: SourceEndpoint = {
  dialect: 'postgres',
  host: 'db',
  port: 5432,
  database: 'shop',
  username: 'cdc',
  password: 'secret',
  tls: { mode: 'require' },
};

function verdicts(error: CdcError | null): readonly string[] {
  return connectionChecks(endpoint, error).map((check) => `${check.id} ${check.status}`);
}

describe('connectionChecks', () => {
  it('passes every step of a login that worked', () => {
    expect(verdicts(null)).toEqual(['source-reachable PASSED', 'source-tls PASSED', 'source-login PASSED']);
  });

  it('leaves out what comes after the step that failed', () => {
    expect(verdicts(new CdcError('SOURCE_UNREACHABLE', 'refused'))).toEqual(['source-reachable FAILED']);
    expect(verdicts(new CdcError('SOURCE_TLS', 'self-signed'))).toEqual([
      'source-reachable PASSED',
      'source-tls FAILED',
    ]);
    expect(verdicts(new CdcError('DIALECT_MISMATCH', 'SASL'))).toContain('source-dialect FAILED');
  });

  it('blames the login for wrong password, missing database and missing CONNECT', () => {
    for (const code of ['SOURCE_AUTH', 'SOURCE_DATABASE', 'SOURCE_PERMISSION'] as const) {
      expect(verdicts(new CdcError(code, 'no'))).toContain('source-login FAILED');
    }
    const [denied] = connectionChecks(endpoint, new CdcError('SOURCE_PERMISSION', 'no')).slice(-1);
    expect(denied?.sql).toEqual(['GRANT CONNECT ON DATABASE "shop" TO "cdc";']);
  });
});
