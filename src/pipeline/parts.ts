import type { CdcError } from '../domain/errors.ts';
import type { Lsn } from '../domain/lsn.ts';
import type { Relation } from '../domain/relation.ts';
import type { SourceNotice } from '../source/source.ts';
import type { AckWindow } from './ack-window.ts';
import type { Batcher } from './batcher.ts';
import type { ChangePublisher } from './binding.ts';
import type { PrepareRelation } from './binding-table.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { PublishedBefore } from './replay-skip.ts';

/** What a stream's run loop is made of; the task builds it, per session. */
export interface StreamPipelineParts {
  readonly window: AckWindow;
  readonly checkpointer: Checkpointer;
  readonly batcher: Batcher;
  readonly publisher: ChangePublisher;
  readonly prepare: PrepareRelation;
  /** Selected tables of a TRUNCATE; throws where the policy says so. Returns how many event numbers it takes. */
  readonly truncated: (relations: readonly Relation[], lsn: Lsn) => number;
  readonly publishedBefore: PublishedBefore | null;
  readonly nextEventNumber: number;
  /** End of the last transaction before where the stream goes on; null: none yet. */
  readonly previousLsn: Lsn | null;
  readonly now: () => number;
  /** Something of the source's for the task's log. */
  readonly notice: (notice: SourceNotice) => void;
  /** The pipeline cannot go on. */
  readonly failed: (error: CdcError) => void;
  /** Reading is done (drain) and everything read is acknowledged, stored and confirmed. */
  readonly drained: () => void;
}
