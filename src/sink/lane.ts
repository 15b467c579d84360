/** A closed arena that waits for its batches. */
export interface PendingArena {
  readonly ticket: number;
  /** Batches not acknowledged yet. */
  remaining: number;
  /** Bytes of its batches. */
  bytes: number;
  /** Memory the batches share; goes back to the pool when nothing refers to it any more. */
  memory: Buffer | null;
}

/** Immutable once `isReady`: a retry sends the same bytes, which is what makes idempotence hold. */
export interface PendingBatch {
  readonly arena: PendingArena;
  readonly recordCount: number;
  readonly baseSequence: number;
  /** Partition, size, record batch; empty until ready. */
  frame: Buffer;
  /** False while it is being compressed. */
  isReady: boolean;
}

/** A topic partition with its batches in order; at most one of them is in flight. */
export interface Lane {
  readonly index: number;
  readonly topic: string;
  readonly partition: number;
  readonly maxMessageBytes: number;
  nextSequence: number;
  readonly queue: PendingBatch[];
  state: 'idle' | 'sending' | 'waiting';
  /** Refusals of the head batch in a row, the time of the first of them, and the last code. */
  tries: number;
  troubleSince: number;
  lastCode: number;
  /** Since when the cluster does not know the partition; null: it does. */
  unknownSince: number | null;
}

export function createLane(index: number, topic: string, partition: number, maxMessageBytes: number): Lane {
  return {
    index,
    topic,
    partition,
    maxMessageBytes,
    nextSequence: 0,
    queue: [],
    state: 'idle',
    tries: 0,
    troubleSince: 0,
    lastCode: 0,
    unknownSince: null,
  };
}

/** The batch to send next, if there is one and it is complete. */
export function readyHead(lane: Lane): PendingBatch | null {
  const head = lane.queue[0];
  return head?.isReady ? head : null;
}
