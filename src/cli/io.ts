/** Everything the CLI touches of the world outside; tests pass their own. */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes text as it is (callers add the line end). */
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether a person reads standard output. */
  readonly isTerminal: boolean;
  /** All of standard input as UTF-8. */
  readonly readStdin: () => Promise<string>;
  readonly readFile: (path: string) => string;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly signals: Signals;
  /** Waits; ends early, without error, when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Ends the process at once (second signal). Everything else returns an exit code. */
  readonly exit: (code: number) => void;
}

export type SignalName = 'SIGINT' | 'SIGTERM';

/** The part of `process` that delivers signals. */
export interface Signals {
  on(signal: SignalName, listener: (signal: SignalName) => void): unknown;
  off(signal: SignalName, listener: (signal: SignalName) => void): unknown;
}

/** Runs `work` with an AbortSignal that the first SIGINT or SIGTERM aborts; for commands that watch until Ctrl-C. */
export async function untilSignal<T>(signals: Signals, work: (aborted: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  signals.on('SIGINT', abort);
  signals.on('SIGTERM', abort);
  try {
    return await work(controller.signal);
  } finally {
    signals.off('SIGINT', abort);
    signals.off('SIGTERM', abort);
  }
}
