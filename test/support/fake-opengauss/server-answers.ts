import { formatLsn, toLsn } from '../../../src/domain/lsn.ts';
import { CELL_SETTINGS, DATABASE_SETTINGS } from '../../../src/source/opengauss/cell-settings.ts';
import { DECODE_STATUS } from '../../../src/source/opengauss/decode-status.ts';
import { DATA_NODES, DEPLOYMENT, PRODUCT, SETTINGS } from '../../../src/source/opengauss/precheck-facts.ts';
import { SERVER, SERVER_KIND, WAL_POSITIONS, WORKING_VERSION } from '../../../src/source/opengauss/server-facts.ts';
import { SENDER_TIMEOUTS } from '../../../src/source/opengauss/stream-facts.ts';
import { settingFacts } from './settings.ts';
import { exactly, literals, type SqlHandler, type Statement, select } from './statement.ts';

const FUNCTIONS = ['gs_deployment', 'opengauss_version', 'pg_current_xlog_location', 'working_version_num'];
/** Behind the decoder threads nothing ever waits. */
const EMPTY = 'queue0: 0, queue1: 0';

/** Facts of the server: version, kind, settings, positions. */
export const SERVER_ANSWERS: readonly SqlHandler[] = [
  { matches: exactly(PRODUCT), answer: ({ state }) => select({ version: 'text' }, [[state.version]]) },
  { matches: exactly(SERVER), answer: server },
  {
    matches: exactly(SERVER_KIND),
    answer: () =>
      select(
        { proname: 'text' },
        FUNCTIONS.map((name) => [name]),
      ),
  },
  { matches: exactly(WORKING_VERSION), answer: () => select({ working_version_num: 'int4' }, [['93060']]) },
  { matches: exactly(DEPLOYMENT), answer: () => select({ gs_deployment: 'text' }, [['OpenSourceCentralized']]) },
  { matches: exactly(DATA_NODES), answer: () => select({ n: 'int8' }, [['0']]) },
  { matches: exactly(WAL_POSITIONS), answer: walPositions },
  { matches: exactly(SETTINGS), answer: settings },
  { matches: exactly(SENDER_TIMEOUTS), answer: senderTimeouts },
  { matches: exactly(CELL_SETTINGS), answer: cellSettings },
  { matches: exactly(DATABASE_SETTINGS), answer: databaseSettings },
  { matches: exactly(DECODE_STATUS), answer: decodeStatus },
];

function server({ state, session }: Statement) {
  const { compatibility = 'A', encoding = 'UTF8', isStandby = false } = state.options;
  return select(
    {
      version: 'text',
      server_version: 'text',
      database: 'text',
      compatibility: 'text',
      encoding: 'text',
      in_recovery: 'bool',
    },
    [[state.version, '9.2.4', session.database, compatibility, encoding, isStandby ? 't' : 'f']],
  );
}

function walPositions({ state }: Statement) {
  const end = formatLsn(toLsn(state.wal.end));
  return select({ written: 'text', inserted: 'text', settle_ms: 'int4' }, [[end, end, '700']]);
}

/** The settings that the statement names and the server has. */
function named({ sql, state, session }: Statement): [string, string][] {
  return literals(sql).flatMap((name): [string, string][] => {
    const value = state.settingOf(session, name);
    return value === undefined ? [] : [[name, value]];
  });
}

function settings(statement: Statement) {
  const rows = named(statement).map(([name, value]) => {
    const { unit, context } = settingFacts(name);
    return [name, value, unit, context];
  });
  return select({ name: 'text', setting: 'text', unit: 'text', context: 'text' }, rows);
}

function senderTimeouts(statement: Statement) {
  const rows = named(statement).map(([name, value]) => [statement.state.version, name, value]);
  return select({ version: 'text', name: 'text', setting: 'text' }, rows.sort());
}

/** The source tells that the client set a value itself. */
function cellSettings(statement: Statement) {
  const rows = named(statement).map(([name, value]) => {
    const isOwn = statement.session.settings.has(name.toLowerCase());
    return [name, value, isOwn ? 'client' : 'configuration file', statement.state.setting(name) ?? null];
  });
  return select({ name: 'text', setting: 'text', source: 'text', boot_val: 'text' }, rows);
}

function databaseSettings({ state }: Statement) {
  return select(
    { setting: 'text' },
    [...state.databaseSettings].map(([name, value]) => [`${name}=${value}`]),
  );
}

function decodeStatus({ state }: Statement) {
  const lsn = formatLsn(toLsn(state.wal.end));
  return select(
    {
      slot_name: 'text',
      parallel_decode_num: 'int4',
      read_change_queue_length: 'text',
      decode_change_queue_length: 'text',
      reader_lsn: 'text',
      working_txn_cnt: 'int8',
      working_txn_memory: 'int8',
    },
    [...state.parallelStreams].map(([slot, { queued }]) => {
      return [slot, '2', `queue0: ${queued}, queue1: 0`, EMPTY, lsn, '0', '0'];
    }),
  );
}
