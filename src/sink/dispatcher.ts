import { asCdcError, type CdcError } from '../domain/errors.ts';
import { NO_PARTITION, type ProduceChannel } from './channel.ts';
import { backoffMs, type SinkClock } from './clock.ts';
import { deliveryError, lateError, recordTooLarge, topicGone } from './delivery-errors.ts';
import { CODE } from './kafka-codes.ts';
import { type Lane, type PendingBatch, readyHead } from './lane.ts';
import type { SinkLimits } from './limits.ts';
import { judge } from './verdict.ts';

export interface DispatcherParts {
  readonly channel: ProduceChannel;
  readonly limits: SinkLimits;
  readonly clock: SinkClock;
  /** The batch at the head of a lane is in the log; called before the lane goes on. */
  readonly written: (batch: PendingBatch) => void;
  /** A request was answered and every `written` of it called. */
  readonly settled: () => void;
  readonly failed: (error: CdcError) => void;
}

/**
 * Sends what lanes hold: one request in flight per broker, in it at most one batch per lane, so that order and sequence
 * hold whatever has to be sent again. Lanes in trouble wait together, for a delay and new metadata. Costs by lanes with
 * something to do, not by lanes.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  /** Idle lanes whose head batch is complete. */
  readonly #ready = new Set<Lane>();
  readonly #waiting = new Set<Lane>();
  readonly #busyNodes = new Set<number>();
  #attempt = 0;
  #isRefreshing = false;
  #cancelTimer: (() => void) | null = null;
  #lastError: CdcError | null = null;
  #isStopped = false;
  retries = 0;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /** Tells that the lane may have a complete batch at its head. */
  offer(lane: Lane): void {
    if (lane.state === 'idle' && readyHead(lane) !== null) this.#ready.add(lane);
  }

  /** Sends whatever can be sent now. */
  pump(): void {
    if (this.#isStopped || this.#ready.size === 0) return;
    const byNode = new Map<number, Lane[]>();
    for (const lane of this.#ready) {
      const node = this.#parts.channel.leaderOf(lane.topic, lane.partition);
      if (node < 0) this.#retryLater(lane, node === NO_PARTITION ? CODE.UNKNOWN_TOPIC : CODE.LEADER_NOT_AVAILABLE);
      else if (!this.#busyNodes.has(node)) {
        const lanes = byNode.get(node);
        if (lanes === undefined) byNode.set(node, [lane]);
        else lanes.push(lane);
      }
    }
    for (const [node, lanes] of byNode) this.#send(node, this.#fit(lanes));
  }

  /** Gives up everything. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
    this.#ready.clear();
    this.#waiting.clear();
  }

  /** The lanes of the next request: oldest batches first while the request has room, then by lane, which groups topics. */
  #fit(lanes: Lane[]): Lane[] {
    lanes.sort((a, b) => a.queue[0]!.arena.ticket - b.queue[0]!.arena.ticket || a.index - b.index);
    let bytes = 0;
    let count = 0;
    while (count < lanes.length) {
      bytes += lanes[count]!.queue[0]!.frame.length;
      if (count > 0 && bytes > this.#parts.limits.requestBytes) break;
      count++;
    }
    return lanes.slice(0, count).sort((a, b) => a.index - b.index);
  }

  #send(node: number, lanes: readonly Lane[]): void {
    if (this.#isStopped) return;
    const tooLarge = lanes.find((lane) => lane.queue[0]!.frame.length > this.#parts.limits.sendableBytes);
    if (tooLarge !== undefined) {
      this.#parts.failed(recordTooLarge(tooLarge, CODE.MESSAGE_TOO_LARGE));
      return;
    }
    this.#busyNodes.add(node);
    for (const lane of lanes) {
      this.#ready.delete(lane);
      lane.state = 'sending';
    }
    const entries = lanes.map((lane) => ({
      topic: lane.topic,
      partition: lane.partition,
      frame: lane.queue[0]!.frame,
    }));
    this.#parts.channel.produce(node, entries).then(
      (codes) => this.#answered(node, lanes, codes),
      (error: unknown) => this.#unanswered(node, lanes, asCdcError(error)),
    );
  }

  #answered(node: number, lanes: readonly Lane[], codes: readonly number[]): void {
    if (this.#isStopped) return;
    this.#busyNodes.delete(node);
    for (let i = 0; i < lanes.length && !this.#isStopped; i++) this.#judge(lanes[i]!, codes[i]!);
    // The broker gets its next request before anyone is told about the last one.
    this.pump();
    if (!this.#isStopped) this.#parts.settled();
  }

  #unanswered(node: number, lanes: readonly Lane[], error: CdcError): void {
    if (this.#isStopped) return;
    this.#busyNodes.delete(node);
    // Not retriable by time: wrong credentials, TLS, a bug. Trying again would lock accounts or loop for ever.
    if (error.retry !== 'timed') {
      this.#parts.failed(error);
      return;
    }
    this.#lastError = error;
    for (const lane of lanes) this.#retryLater(lane, CODE.NETWORK);
    this.pump();
  }

  #judge(lane: Lane, code: number): void {
    const verdict = judge(code, lane.tries + 1);
    if (verdict.kind === 'fail') {
      const isSize = verdict.code === 'RECORD_TOO_LARGE';
      this.#parts.failed(isSize ? recordTooLarge(lane, code) : deliveryError(lane, verdict.code, code));
      return;
    }
    if (verdict.kind === 'retry') {
      this.#retryLater(lane, code);
      return;
    }
    this.#attempt = 0;
    lane.state = 'idle';
    lane.tries = 0;
    lane.unknownSince = null;
    this.#parts.written(lane.queue.shift()!);
    this.offer(lane);
  }

  #retryLater(lane: Lane, code: number): void {
    const now = this.#parts.clock.now();
    this.#ready.delete(lane);
    if (lane.tries === 0) lane.troubleSince = now;
    lane.tries++;
    lane.lastCode = code;
    if (code !== CODE.UNKNOWN_TOPIC) lane.unknownSince = null;
    else lane.unknownSince ??= now;
    lane.state = 'waiting';
    this.retries++;
    this.#waiting.add(lane);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#cancelTimer !== null || this.#isRefreshing || this.#isStopped) return;
    this.#cancelTimer = this.#parts.clock.setTimer(() => this.#recover(), backoffMs(this.#attempt++));
  }

  /** Asks for the leaders of all waiting lanes, then lets those go on that have one. */
  #recover(): void {
    this.#cancelTimer = null;
    this.#isRefreshing = true;
    const topics = [...new Set([...this.#waiting].map((lane) => lane.topic))];
    this.#parts.channel
      .refresh(topics)
      .then(
        (codes) => this.#release(codes),
        (error: unknown) => this.#refreshFailed(asCdcError(error)),
      )
      .catch((error: unknown) => this.#parts.failed(asCdcError(error)));
  }

  #refreshFailed(error: CdcError): void {
    if (this.#isStopped) return;
    this.#isRefreshing = false;
    this.#lastError = error;
    if (error.retry !== 'timed') this.#parts.failed(error);
    else this.#continueWaiting();
  }

  #release(codes: ReadonlyMap<string, number>): void {
    if (this.#isStopped) return;
    this.#isRefreshing = false;
    for (const lane of this.#waiting) {
      const code = codes.get(lane.topic) ?? CODE.NONE;
      const verdict = judge(code, 1);
      if (verdict.kind === 'fail') {
        this.#parts.failed(deliveryError(lane, verdict.code, code));
        return;
      }
      if (this.#parts.channel.leaderOf(lane.topic, lane.partition) < 0) {
        this.#noteUnknown(lane, code);
        continue;
      }
      if (this.#hasRunOut(lane)) continue;
      this.#waiting.delete(lane);
      lane.state = 'idle';
      this.offer(lane);
    }
    this.#continueWaiting();
  }

  #noteUnknown(lane: Lane, topicCode: number): void {
    const isGone = topicCode === CODE.UNKNOWN_TOPIC || this.#isGone(lane);
    if (!isGone) lane.unknownSince = null;
    else lane.unknownSince ??= this.#parts.clock.now();
  }

  #isGone(lane: Lane): boolean {
    return this.#parts.channel.leaderOf(lane.topic, lane.partition) === NO_PARTITION;
  }

  #continueWaiting(): void {
    for (const lane of this.#waiting) if (this.#failLate(lane)) return;
    this.pump();
    if (this.#waiting.size > 0) this.#schedule();
  }

  #hasRunOut(lane: Lane): boolean {
    const { clock, limits } = this.#parts;
    const now = clock.now();
    const isGone = lane.unknownSince !== null && now - lane.unknownSince >= limits.unknownTopicTimeoutMs;
    return isGone || now - lane.troubleSince >= limits.deliveryTimeoutMs;
  }

  #failLate(lane: Lane): boolean {
    if (!this.#hasRunOut(lane)) return false;
    const { clock, limits } = this.#parts;
    const isGone = lane.unknownSince !== null && clock.now() - lane.unknownSince >= limits.unknownTopicTimeoutMs;
    this.#parts.failed(isGone ? topicGone(lane) : lateError(lane, limits.deliveryTimeoutMs, this.#lastError));
    return true;
  }
}
