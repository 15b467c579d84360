import type { DriverError, Verdict } from './driver-error.ts';

type Rule = (error: DriverError, slotContext: boolean) => Verdict;

const LOST: Verdict = { code: 'SOURCE_CONNECTION_LOST' };
const UNREACHABLE: Verdict = { code: 'SOURCE_UNREACHABLE' };
const DATABASE_GONE: Verdict = { code: 'SOURCE_DATABASE' };
const BUSY: Verdict = {
  code: 'SOURCE_QUERY',
  retry: 'timed',
  hint: 'The server was busy; the task tries again by itself.',
};
const WAL_LEVEL_HINT = 'Set wal_level = logical on the source and restart it.';
const POOLER_HINT =
  'Connect to the database server itself: a connection pooler passes neither replication nor session settings.';
const PASSWORD_EXPIRED_HINT =
  "Log in as the user and set the password anew (ALTER ROLE … IDENTIFIED BY 'new' REPLACE 'old'), correct source.password, then start the task again.";

const PUBLICATION_TAKEN: Verdict = {
  code: 'SOURCE_QUERY',
  hint: 'A publication with this name exists; name another one in source.publication or drop it.',
};
const PLUGIN_MISSING: Verdict = {
  code: 'SOURCE_QUERY',
  hint: 'The server has no file for the output plugin; choose another decoding or install it.',
};

/**
 * By SQLSTATE. Sources: PostgreSQL docs, appendix A; openGauss errcodes.txt. Where one means several things the routine
 * decides (replication/slot.c, logical.c, pg_publication.c), and for openGauss, which sends none, the English text.
 */
const SQLSTATES: Readonly<Record<string, Rule>> = {
  '28000': () => ({
    code: 'SOURCE_AUTH',
    hint: 'Correct source.username, or allow the role, database and address in pg_hba.conf, then start the task again.',
  }),
  '28P01': () => ({ code: 'SOURCE_AUTH' }),
  // openGauss: an expired password may log in, and then run nothing.
  '28P02': () => ({ code: 'SOURCE_AUTH', hint: PASSWORD_EXPIRED_HINT }),
  '3D000': () => DATABASE_GONE,
  '57P04': () => DATABASE_GONE,
  '42501': () => ({ code: 'SOURCE_PERMISSION' }),
  '42704': undefinedObject,
  '42710': (error) => (isAboutPublication(error) ? PUBLICATION_TAKEN : { code: 'SLOT_EXISTS' }),
  '53400': () => ({ code: 'SLOT_LIMIT' }),
  '55006': (error) => ({ code: 'SLOT_IN_USE', data: { pid: pidIn(error.message) } }),
  '55000': prerequisiteState,
  '58P01': missingFile,
  '08P01': () => ({ code: 'SOURCE_QUERY', hint: POOLER_HINT }),
  '53300': () => UNREACHABLE,
  '57P01': () => LOST,
  '57P02': () => LOST,
  '57P03': () => UNREACHABLE,
  '57P05': () => LOST,
  '25P03': () => LOST,
  '40001': () => BUSY,
  '40P01': () => BUSY,
  '53100': () => BUSY,
  '53200': () => BUSY,
  '55P03': () => BUSY,
  '57014': () => BUSY,
};

/** `YY…`: openGauss' class for statements that need to run again, among them lock waits that took too long. */
const CLASSES: readonly (readonly [RegExp, Verdict])[] = [
  [/^28...$/, { code: 'SOURCE_AUTH' }],
  [/^08...$/, LOST],
  [/^YY...$/, BUSY],
];

/** What an SQLSTATE means, or null. `slotContext`: an existing slot was being read. */
export function bySqlState(error: DriverError, slotContext: boolean): Verdict | null {
  const state = error.code ?? '';
  const rule = SQLSTATES[state];
  if (rule) return rule(error, slotContext);
  return CLASSES.find(([pattern]) => pattern.test(state))?.[1] ?? null;
}

/** 42704: a slot or a publication that is not there (publications are looked up at the first change, with the slot open). */
function undefinedObject(error: DriverError, slotContext: boolean): Verdict {
  if (isAboutPublication(error)) return { code: 'PUBLICATION_MISSING' };
  return { code: slotContext ? 'SLOT_LOST' : 'SOURCE_QUERY' };
}

/** 55000: wal_level too low, or a slot that was invalidated, is physical or belongs to another database. */
function prerequisiteState(error: DriverError, slotContext: boolean): Verdict {
  const isAboutWalLevel =
    error.routine === 'CheckLogicalDecodingRequirements' || says(error, /logical decoding requires wal_level/);
  if (isAboutWalLevel) return { code: 'SOURCE_QUERY', hint: WAL_LEVEL_HINT };
  return { code: slotContext ? 'SLOT_LOST' : 'SOURCE_QUERY' };
}

/** 58P01: a slot's WAL ("requested WAL segment … has already been removed") or the plugin ("could not access file"). */
function missingFile(error: DriverError, slotContext: boolean): Verdict {
  if (error.routine === 'internal_load_library' || says(error, /could not access file/)) return PLUGIN_MISSING;
  return { code: slotContext ? 'SLOT_LOST' : 'SOURCE_QUERY' };
}

function isAboutPublication(error: DriverError): boolean {
  return /publication/i.test(error.routine ?? '') || says(error, /\bpublication "/);
}

/** By text only where the server names no routine. Anywhere in it: a coordinator puts the name of its node before it. */
function says(error: DriverError, text: RegExp): boolean {
  return error.routine === undefined && text.test(error.message);
}

/** `replication slot "x" is active for PID 123`, in whatever language: the last number outside the quoted name. */
function pidIn(message: string): number | null {
  const numbers = message.replace(/"[^"]*"|«[^»]*»|„[^“]*“/g, '').match(/\d+/g);
  return numbers ? Number(numbers[numbers.length - 1]) : null;
}
