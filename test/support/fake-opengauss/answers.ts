import { ACTIVITY_ANSWERS } from './activity-answers.ts';
import { ADMINISTRATION_ANSWERS } from './administration-answers.ts';
import { HEARTBEAT_ANSWERS } from './heartbeat-answers.ts';
import { PRECHECK_ANSWERS } from './precheck-answers.ts';
import { PUBLICATION_ANSWERS } from './publication-answers.ts';
import { SERVER_ANSWERS } from './server-answers.ts';
import { SESSION_ANSWERS } from './session-answers.ts';
import { SLOT_ANSWERS } from './slot-answers.ts';
import type { SqlHandler } from './statement.ts';
import { TABLE_ANSWERS } from './table-answers.ts';

/** All statements the fake server understands: those of the product, matched by their own builders, and a few of tests. */
export const ANSWERS: readonly SqlHandler[] = [
  ...SESSION_ANSWERS,
  ...SERVER_ANSWERS,
  ...TABLE_ANSWERS,
  ...SLOT_ANSWERS,
  ...ACTIVITY_ANSWERS,
  ...HEARTBEAT_ANSWERS,
  ...PUBLICATION_ANSWERS,
  ...PRECHECK_ANSWERS,
  ...ADMINISTRATION_ANSWERS,
];
