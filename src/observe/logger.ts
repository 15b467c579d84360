import { type Logger, pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { serializeError } from './error-serializer.ts';
import { BINDING_PATHS, redactSecrets, SECRET_MASK } from './redact.ts';

export type { Logger };

export interface LoggerOptions {
  readonly format: 'json' | 'pretty';
  readonly level: string;
  /** Takes every line with its line end, synchronously: nothing is lost when the process ends. */
  readonly write: (line: string) => void;
  /** Colours for the pretty format. */
  readonly colorize?: boolean;
}

/** The process's logger: JSON lines, or coloured lines for people. Secrets in logged members are masked; errors go under `err`. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: serializeError, error: serializeError },
    formatters: { level: (label: string) => ({ level: label }), log: redactMembers },
    redact: { paths: BINDING_PATHS, censor: SECRET_MASK },
  };
  return pino(settings, { write: options.format === 'pretty' ? prettyWriter(options) : options.write });
}

/** The logger of one task; every line carries its id and name. */
export function taskLogger(logger: Logger, taskId: string, taskName: string): Logger {
  return logger.child({ taskId, task: taskName });
}

function redactMembers(members: Record<string, unknown>): Record<string, unknown> {
  return redactSecrets(members) as Record<string, unknown>;
}

/** pino-pretty's own stream is asynchronous and would lose the last lines at exit; its formatter is not. */
function prettyWriter({ write, colorize }: LoggerOptions): (line: string) => void {
  const format = prettyFactory({ colorize: colorize === true, translateTime: 'SYS:HH:MM:ss.l' });
  return (line) => write(format(line));
}
