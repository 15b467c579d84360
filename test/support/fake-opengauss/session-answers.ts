import { ServerError } from './server-error.ts';
import { shownSetting } from './settings.ts';
import { command, type SqlHandler, type Statement, select } from './statement.ts';

/** Transactions and settings of the session itself. */
export const SESSION_ANSWERS: readonly SqlHandler[] = [
  { matches: /^(?:begin|start transaction)\b/i, answer: () => command('BEGIN') },
  { matches: /^(?:commit|end)$/i, answer: () => command('COMMIT') },
  { matches: /^(?:rollback|abort)$/i, answer: () => command('ROLLBACK') },
  { matches: /^set (?:session )?(\w+)\s*(?:=|\bto\b)\s*'?([^']*?)'?$/i, answer: setSetting },
  { matches: /^reset (\w+)$/i, answer: resetSetting },
  { matches: /^show (\w+)$/i, answer: showSetting },
  { matches: /^select 1$/i, answer: () => select({ '?column?': 'int4' }, [['1']]) },
  {
    matches: /^select current_user$/i,
    answer: ({ session }) => select({ current_user: 'text' }, [[session.user]]),
  },
];

function setSetting({ groups: [name = '', value = ''], session, state }: Statement) {
  checkKnown(name, state.setting(name));
  session.settings.set(name.toLowerCase(), value);
  return command('SET');
}

function resetSetting({ groups: [name = ''], session, state }: Statement) {
  checkKnown(name, state.setting(name));
  session.settings.delete(name.toLowerCase());
  return command('RESET');
}

function showSetting({ groups: [name = ''], session, state }: Statement) {
  const value = checkKnown(name, state.settingOf(session, name));
  return { ...select({ [name]: 'text' }, [[shownSetting(name, value)]]), tag: 'SHOW' };
}

function checkKnown(name: string, value: string | undefined): string {
  if (value === undefined) throw new ServerError('42704', `unrecognized configuration parameter "${name}"`);
  return value;
}
