import { asCdcError, CdcError } from '../domain/errors.ts';
import type { NewEvent, StoredTask } from '../store/store.ts';
import { retryDelayMs } from './backoff.ts';
import type { ControlDeps } from './control-deps.ts';
import { drainTimedOut, gaveUp, plannedStartDue, released, streaming, willRetry } from './happenings.ts';
import type { Signal } from './machine.ts';
import { leftOver, releaseStreams } from './release.ts';
import { ReleaseTurns } from './release-turns.ts';
import { Session } from './session.ts';
import { toSourceEndpoint } from './spec.ts';
import { dialectOf, retryPolicyOf, specOf } from './stored-spec.ts';
import type { RunnerEnd, TaskRunner } from './stream-runner.ts';
import type { CleanupResult } from './task-api.ts';
import { type Goal, goalOf, stopOf } from './task-goal.ts';
import { type Happening, signalTask } from './transition.ts';

/** Longest delay a timer takes; a wait that is longer is looked at again when it ends. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A stream that lived this long is healthy: the next failure counts as the first. */
const HEALTHY_MS = 60_000;
/** Pause after a failure that could not even be stored. */
const CRASH_PAUSE_MS = 10_000;

const NOTHING: Goal = { kind: 'none' };
const noop = () => undefined;

/**
 * Brings one task to what is wanted of it. One loop at a time: look at the stored task, do the next thing, look again.
 * Commands write to the store and then `kick`; nothing is passed by hand.
 */
export class TaskControl {
  readonly #deps: ControlDeps;
  readonly #taskId: string;
  readonly #releases: ReleaseTurns;
  #done: Promise<void> = Promise.resolve();
  #isWorking = false;
  #isClosing = false;
  #session: Session | null = null;
  #wake: () => void = noop;
  #forcedWaiters: ((result: CleanupResult) => void)[] = [];
  #hasStreamed = false;
  #manualFailures = 0;
  #isDrained = false;
  #isDrainExpired = false;
  #cancelDrainTimer: (() => void) | null = null;

  constructor(deps: ControlDeps, taskId: string) {
    this.#deps = deps;
    this.#taskId = taskId;
    this.#releases = new ReleaseTurns(deps.setTimer);
  }

  /** The session that runs now, if any. */
  get runner(): TaskRunner | null {
    return this.#session?.runner ?? null;
  }

  /** Something about the task changed: look at it. `hasStreamed`: it had, before this process took it over. */
  kick(hasStreamed = false): void {
    this.#steer();
    this.#wake();
    if (this.#isWorking || this.#isClosing) return;
    this.#isWorking = true;
    this.#hasStreamed = hasStreamed;
    this.#manualFailures = 0;
    this.#done = this.#work();
  }

  /** After a forced stop was stored: ends the session at once and tells what came of the release. */
  force(): Promise<CleanupResult> {
    const result = new Promise<CleanupResult>((resolve) => {
      this.#forcedWaiters.push(resolve);
    });
    this.#releases.interrupt(stopOf(this.#task()));
    this.kick();
    return result;
  }

  /** Ends the session for a restart of the process; the task's state stays as it is. Resolves when the loop has ended. */
  suspend(timeoutMs: number): Promise<void> {
    this.#isClosing = true;
    this.#session?.runner.shutdown(timeoutMs);
    this.#wake();
    return this.#done;
  }

  async #work(): Promise<void> {
    let goesOn = true;
    while (goesOn) {
      try {
        goesOn = await this.#step();
      } catch (error) {
        await this.#crashed(asCdcError(error));
      }
    }
  }

  /** False when there is nothing left to do. */
  async #step(): Promise<boolean> {
    const task = this.#task();
    const goal = task === null || this.#isClosing ? NOTHING : this.#goal(task);
    if (task === null || goal.kind === 'none') {
      // Before any await: a kick from now on starts a new loop.
      this.#isWorking = false;
      this.#resetStop();
      this.#answerForced(this.#leftOver(task, 'the stop was interrupted'));
      return false;
    }
    await this.#pursue(goal, task);
    return true;
  }

  #goal(task: StoredTask): Goal {
    const facts = { nowMs: this.#deps.now(), isDrained: this.#isDrained, isDrainExpired: this.#isDrainExpired };
    return goalOf(task, this.#deps.store.streams(task.id), facts);
  }

  async #pursue(goal: Goal, task: StoredTask): Promise<void> {
    if (goal.kind === 'wait') {
      // A drain that waits for its next attempt runs out of time too.
      if (task.state === 'STOPPING') this.#watchDrain();
      await this.#pause(goal.untilMs - this.#deps.now());
    } else if (goal.kind === 'begin') {
      this.#signal(plannedStartDue());
    } else if (goal.kind === 'session') {
      await this.#stream(task);
    } else if (goal.kind === 'release') {
      await this.#release(task);
    } else {
      this.#resetStop();
      this.#signal(drainTimedOut(this.#deps.drainTimeoutMs, this.#deps.now()));
    }
  }

  async #stream(task: StoredTask): Promise<void> {
    const { createRunner, store, setTimer } = this.#deps;
    let cancelHealthy: () => void = noop;
    const runner = createRunner(task, specOf(task), {
      streaming: () => {
        cancelHealthy();
        this.#hasStreamed = true;
        this.#signal(streaming());
        cancelHealthy = setTimer(() => this.#healthy(), HEALTHY_MS);
      },
      event: (event: NewEvent) => void store.addEvent(task.id, event),
    });
    this.#session = new Session(runner, setTimer);
    this.#steer();
    const end = await this.#session.ended;
    this.#session = null;
    cancelHealthy();
    this.#streamEnded(end);
  }

  /** Tells a running session about a stop that was asked for. */
  #steer(): void {
    const task = this.#session && this.#task();
    if (!this.#session || task?.state !== 'STOPPING') return;
    const stop = stopOf(task);
    // Without a position nothing was streamed yet.
    if (stop.force || Object.keys(stop.untilLsn).length === 0) {
      this.#session.abort();
      return;
    }
    this.#watchDrain();
    this.#session.runner.drain(stop.untilLsn);
  }

  #healthy(): void {
    this.#manualFailures = 0;
    try {
      const task = this.#task();
      if (task && task.attempts > 0) this.#deps.store.updateTask(task.id, task.version, { attempts: 0 }, []);
    } catch (error) {
      this.#deps.logger.error({ taskId: this.#taskId, err: error }, 'attempts could not be reset');
    }
  }

  #streamEnded(end: RunnerEnd): void {
    if (end.kind === 'drained') {
      this.#isDrained = true;
    } else if (this.#isClosing) {
      if (end.kind === 'failed')
        this.#deps.logger.warn({ taskId: this.#taskId, err: end.error }, 'session failed while closing');
    } else if (end.kind === 'failed') {
      this.#failed(end.error);
    } else if (end.kind === 'suspended' || this.#task()?.state !== 'STOPPING') {
      this.#failed(new CdcError('INTERNAL', `the session ended by itself (${end.kind})`, { retry: 'timed' }));
    }
  }

  /** Plans the next attempt, or gives up; false when the task's state takes neither. */
  #failed(error: CdcError): boolean {
    const task = this.#task();
    if (task === null) return false;
    const { now, random, logger } = this.#deps;
    const attempts = task.attempts + 1;
    if (error.retry === 'manual') this.#manualFailures += 1;
    const counts = { failures: attempts, manualFailures: this.#manualFailures };
    const delayMs = retryDelayMs(error.retry, counts, retryPolicyOf(task), random());
    logger.warn({ taskId: task.id, code: error.code, attempts, delayMs, err: error }, 'session failed');
    const failure = { error, atMs: now(), attempts };
    return this.#signal(delayMs === null ? gaveUp(this.#giveUpSignal(task), failure) : willRetry(failure, delayMs));
  }

  #giveUpSignal({ state }: StoredTask): Signal {
    if (state === 'STOPPING') return 'drain-failed';
    return this.#hasStreamed || state === 'INCREMENTAL' ? 'gave-up-streaming' : 'gave-up-starting';
  }

  #watchDrain(): void {
    this.#cancelDrainTimer ??= this.#deps.setTimer(() => {
      this.#isDrainExpired = true;
      this.#session?.abort();
      this.#wake();
    }, this.#deps.drainTimeoutMs);
  }

  async #release(task: StoredTask): Promise<void> {
    const { store, sourceDriver, now } = this.#deps;
    const stop = stopOf(task);
    const { source } = specOf(task);
    const driver = sourceDriver(source.dialect);
    const work = () => releaseStreams({ store, taskId: task.id, driver, endpoint: toSourceEndpoint(source), stop });
    const late = () => this.#leftOver(task, 'the source did not answer in time');
    const result = await this.#releases.run(stop, work, late);
    // Interrupted: the forced stop that did it is looked at next.
    if (result === null) return;
    this.#resetStop();
    this.#signal(released(result, now()));
    this.#answerForced(result);
  }

  /**
   * An error of our own. It ends in the task's state; where it cannot, the log has it. The loop tries again later, never at
   * once: a loop that only fails would stop the whole process.
   */
  async #crashed(error: CdcError): Promise<void> {
    this.#session?.abort();
    this.#session = null;
    if (!this.#storeCrash(error) && !this.#isClosing) await this.#pause(CRASH_PAUSE_MS);
  }

  /** True when what is stored now makes the loop wait (a forced stop does not wait). */
  #storeCrash(error: CdcError): boolean {
    try {
      if (this.#failed(error)) return this.#task()?.state !== 'STOPPING';
      this.#deps.logger.error({ taskId: this.#taskId, err: error }, 'a task could not be served');
    } catch (second) {
      this.#deps.logger.error({ taskId: this.#taskId, err: error, second }, 'a failure could not be stored');
    }
    return false;
  }

  #resetStop(): void {
    this.#cancelDrainTimer?.();
    this.#cancelDrainTimer = null;
    this.#isDrained = false;
    this.#isDrainExpired = false;
  }

  #leftOver(task: StoredTask | null, reason: string): CleanupResult {
    if (task === null) return { terminatedSessions: [], droppedSlots: [], remainingSlots: [] };
    const { store, sourceDriver } = this.#deps;
    return leftOver(sourceDriver(dialectOf(task)), store.streams(task.id), stopOf(task), reason);
  }

  #answerForced(result: CleanupResult): void {
    for (const answer of this.#forcedWaiters.splice(0)) answer(result);
  }

  #signal(happening: Happening): boolean {
    const task = signalTask(this.#deps.store, this.#taskId, happening);
    if (task) this.#deps.logger.info({ taskId: task.id, state: task.state, code: happening.event.code }, 'state set');
    return task !== null;
  }

  #task(): StoredTask | null {
    const task = this.#deps.store.findTask(this.#taskId);
    return task?.id === this.#taskId ? task : null;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.setTimer(() => this.#wake(), Math.min(Math.max(ms, 0), MAX_TIMER_MS));
      this.#wake = () => {
        cancel();
        this.#wake = noop;
        resolve();
      };
    });
  }
}
