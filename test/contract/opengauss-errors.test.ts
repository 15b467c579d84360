import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toSourceError } from '../../src/source/source-errors.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/opengauss');
const SLOT = 'replication slot s on db:5432 database d';
const LOGIN = 'cannot connect to db:5432 database d';

/** Errors as pg gives them, without routine: SQLSTATE and text of every ErrorResponse in the recordings, once each. */
const RECORDED: ReadonlyMap<string, Error> = new Map(
  ['auth', 'errors', 'facts', 'catalog'].flatMap((folder) =>
    readdirSync(join(FIXTURES, folder)).flatMap((file) =>
      errorsIn(JSON.parse(readFileSync(join(FIXTURES, folder, file), 'utf8'))),
    ),
  ),
);

function errorsIn(value: unknown): [string, Error][] {
  if (typeof value !== 'object' || value === null) return [];
  const { C: code, M: message } = value as { C?: unknown; M?: unknown };
  const inner = Object.values(value).flatMap(errorsIn);
  if (typeof code !== 'string' || typeof message !== 'string') return inner;
  return [[`${code} ${message}`, Object.assign(new Error(message), { code })], ...inner];
}

interface Case {
  /** Begin of SQLSTATE and text. */
  readonly error: string;
  readonly context?: string;
  readonly code: string;
  readonly retry: string;
  readonly hint?: string;
}

const CASES: readonly Case[] = [
  { error: '28000 The account has been locked', context: LOGIN, code: 'SOURCE_AUTH', retry: 'never', hint: 'UNLOCK' },
  { error: '28000 pg_hba.conf rejects', context: LOGIN, code: 'SOURCE_AUTH', retry: 'never', hint: 'pg_hba.conf' },
  { error: '28000 role "nologin1"', context: LOGIN, code: 'SOURCE_AUTH', retry: 'never', hint: 'username' },
  { error: '28P01', context: LOGIN, code: 'SOURCE_AUTH', retry: 'never', hint: 'lock the account' },
  { error: '3D000', context: LOGIN, code: 'SOURCE_DATABASE', retry: 'manual' },
  {
    error: '42501 must be system admin',
    context: LOGIN,
    code: 'SOURCE_PERMISSION',
    retry: 'manual',
    hint: 'REPLICATION',
  },
  { error: '42501 must have sysadmin', code: 'SOURCE_PERMISSION', retry: 'manual' },
  { error: '42501 permission denied for schema', code: 'SOURCE_PERMISSION', retry: 'manual' },
  { error: '22023 subcription', context: LOGIN, code: 'SOURCE_UNREACHABLE', retry: 'manual', hint: 'replicationPort' },
  { error: '0A000 unsupported frontend protocol 3.2', context: LOGIN, code: 'DIALECT_MISMATCH', retry: 'manual' },
  { error: '42704 replication slot', context: SLOT, code: 'SLOT_LOST', retry: 'never' },
  { error: '42704 publication', context: SLOT, code: 'PUBLICATION_MISSING', retry: 'manual' },
  { error: '55000 logical decoding', context: SLOT, code: 'SOURCE_QUERY', retry: 'manual', hint: 'wal_level' },
  { error: '55000 replication slot "e_pg" was not', context: SLOT, code: 'SLOT_LOST', retry: 'never' },
  { error: '55000 cannot use a logical', context: SLOT, code: 'SLOT_LOST', retry: 'never' },
  { error: '55006 replication slot', context: SLOT, code: 'SLOT_IN_USE', retry: 'timed' },
  { error: '42710 replication slot', code: 'SLOT_EXISTS', retry: 'manual' },
  { error: '53400', code: 'SLOT_LIMIT', retry: 'manual' },
  { error: '58P01 could not access file', context: SLOT, code: 'SOURCE_QUERY', retry: 'manual', hint: 'plugin' },
  { error: 'YY003', code: 'SOURCE_QUERY', retry: 'timed' },
  { error: '57014', code: 'SOURCE_QUERY', retry: 'timed' },
  { error: '57P01', context: SLOT, code: 'SOURCE_CONNECTION_LOST', retry: 'timed' },
];

/** What nothing fits better than the server's own words: options it does not take, and statements of ours that are wrong. */
const OWN_WORDS = [
  /^22023 (option|could not parse|invalid snapshot)/,
  /^42809 |^42601 |^42602 |^42703 |^22012 |^25001 |^08P01 /,
  /^0A000 (client sent|cannot|a snapshot)/,
  /^55000 replication slot name/,
];
/** Of statements this service never sends. */
const NOT_OURS = /^55006 Database|^0A000 unsupported frontend protocol (1234|3\.1|3\.52)/;

describe('recorded errors of openGauss', () => {
  it.each(CASES)('$error is $code, $retry', ({ error, context, code, retry, hint }) => {
    const found = [...RECORDED].filter(([text]) => text.startsWith(error));
    expect(found).not.toEqual([]);
    for (const [text, thrown] of found) {
      const classified = toSourceError(thrown, context);
      expect({ text, code: classified.code, retry: classified.retry }).toEqual({ text, code, retry });
      expect(classified.hint).toContain(hint ?? '');
      expect(classified.data).toMatchObject({ sourceCode: error.slice(0, 5) });
    }
  });

  it('are told in the words of the server otherwise, and none is forgotten here', () => {
    const others = [...RECORDED].filter(([text]) => !CASES.some(({ error }) => text.startsWith(error)));
    expect(others.length).toBeGreaterThan(10);
    for (const [text, thrown] of others.filter(([text]) => !NOT_OURS.test(text))) {
      expect(OWN_WORDS.filter((words) => words.test(text)).map((words) => `${words} ${text}`)).toHaveLength(1);
      const { code, retry, data } = toSourceError(thrown, LOGIN);
      expect({ text, code, retry, data }).toEqual({
        text,
        code: 'SOURCE_QUERY',
        retry: 'manual',
        data: { sourceCode: text.slice(0, 5) },
      });
    }
  });
});
