import { ServerError, syntaxError } from './server-error.ts';

/** What START_REPLICATION asks for. */
export interface StartCommand {
  readonly slot: string;
  readonly lsn: bigint;
  readonly options: ReadonlyMap<string, string>;
}

const COMMAND =
  /^START_REPLICATION\s+SLOT\s+("(?:[^"]|"")+"|\w+)\s+(?:(LOGICAL)\s+)?([0-9A-F]{1,8})\/([0-9A-F]{1,8})\s*(?:\((.*)\))?\s*;?$/is;
const OPTION = /\s*("(?:[^"]|"")+"|[a-z_]\w*)(?:\s+'((?:[^']|'')*)')?\s*(?:,|$)/iy;

/** Errors: 42601; 55000 for physical replication. */
export function parseStart(command: string): StartCommand {
  const found = COMMAND.exec(command);
  if (found === null) throw syntaxError();
  const [, slot, logical, high, low, list = ''] = found;
  if (logical === undefined) {
    throw new ServerError('55000', 'cannot use a logical replication slot for physical replication');
  }
  const lsn = (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
  return { slot: unquoted(slot!), lsn, options: parseOptions(list) };
}

/** A quoted identifier as it is, any other in lower case. */
export function unquoted(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier.toLowerCase();
}

function parseOptions(list: string): Map<string, string> {
  const options = new Map<string, string>();
  OPTION.lastIndex = 0;
  while (OPTION.lastIndex < list.length) {
    const found = OPTION.exec(list);
    if (found === null) throw syntaxError();
    options.set(unquoted(found[1]!), (found[2] ?? '').replaceAll("''", "'"));
  }
  return options;
}
