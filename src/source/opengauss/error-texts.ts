import type { DriverError, Verdict } from '../driver-error.ts';

const auth = (hint: string): Verdict => ({ code: 'SOURCE_AUTH', hint });
/** A port that stays wrong until someone corrects it. */
const wrongPort = (hint: string): Verdict => ({ code: 'SOURCE_UNREACHABLE', retry: 'manual', hint });

const REPLICATION_ROLE_HINT =
  'Run ALTER ROLE <user> REPLICATION (or GRANT gs_role_replication TO <user>) as an administrator, then start the task again.';
const LOCKED_HINT =
  'Run ALTER USER <user> ACCOUNT UNLOCK as an administrator, make sure of source.password (PATCH the task), then start it again.';
const PASSWORD_HINT =
  'Correct source.username and source.password (PATCH the task), and see that the pg_hba.conf method fits the stored password; too many failures lock the account.';

/**
 * Where openGauss gives one SQLSTATE to different things and neither a routine nor a stable code, only its English text
 * tells them apart; in another language the SQLSTATE alone decides. Recorded, or from auth.cpp, postmaster.cpp and
 * walsender.cpp of openGauss.
 */
const TEXTS: readonly (readonly [sqlState: string, text: RegExp, verdict: Verdict])[] = [
  ['28000', /account has been locked/, auth(LOCKED_HINT)],
  [
    '28000',
    /period of validity/,
    auth('Run ALTER ROLE <user> VALID UNTIL … as an administrator, then start the task again.'),
  ],
  [
    '28000',
    /Forbid remote connection with initial user/,
    auth('The initial user of the installation may only log in locally: set source.username to another user.'),
  ],
  [
    '28000',
    /no pg_hba.conf entry for replication/i,
    auth('Add a pg_hba.conf line with the database replication (all does not cover it), user and address; reload it.'),
  ],
  ['28P01', /login denied/, auth(PASSWORD_HINT)],
  ['42501', /must be system admin or replication role/, { code: 'SOURCE_PERMISSION', hint: REPLICATION_ROLE_HINT }],
  ['22023', /should connect HA port/, wrongPort('Set source.replicationPort to the HA port, usually source.port + 1.')],
  [
    '57P03',
    /not for the gsql client/,
    wrongPort(
      'source.port is the HA port, which takes replication only: set it to the port for SQL, usually one less.',
    ),
  ],
  // Of the protocol we start with: the server is another kind.
  ['0A000', /unsupported frontend protocol/, { code: 'DIALECT_MISMATCH' }],
  // Of the settings we start with under dialect postgres: with MD5 the login itself tells nothing.
  [
    '42704',
    /unrecognized configuration parameter "(lock_timeout|idle_in_transaction_session_timeout)"/,
    {
      code: 'DIALECT_MISMATCH',
      hint: 'The server lacks a setting of PostgreSQL: set source.dialect to opengauss or gaussdb.',
    },
  ],
  [
    'LL001',
    /recovery in progress/,
    { code: 'SOURCE_UNREACHABLE', hint: 'The server is a standby or still recovers; source.host must be the primary.' },
  ],
];

/** What an error of openGauss means where its SQLSTATE says too little, or null. */
export function byOpenGaussText({ code, message }: DriverError): Verdict | null {
  return TEXTS.find(([sqlState, text]) => sqlState === code && text.test(message))?.[2] ?? null;
}
