import { z } from 'zod';
import { topicNameFault } from '../pipeline/route.ts';
import { faultCheck } from './spec-fields.ts';

const DAY_MS = 86_400_000;

export const DeliverySchema = z.strictObject({
  guarantee: z.enum(['at-least-once', 'exactly-once']).default('at-least-once'),
});

export const ErrorsSchema = z.strictObject({
  policy: z.enum(['fail', 'skip', 'dead-letter']).default('fail'),
  deadLetterTopic: z.string().superRefine(faultCheck(topicNameFault)).optional(),
  threshold: z.int().min(-1).default(-1).describe('Bad records after which the task fails; -1 is no limit'),
  oversize: z.enum(['fail', 'dead-letter', 'truncate']).default('fail'),
});

export const RetrySchema = z.strictObject({
  maxAttempts: z.int().min(0).max(1_000_000).default(3).describe('For faults other than of the network'),
  initialDelayMs: z.int().min(1).max(DAY_MS).default(1000),
  maxDelayMs: z.int().min(1).max(DAY_MS).default(60_000),
});
