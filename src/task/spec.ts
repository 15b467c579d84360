import { z } from 'zod';
import type { DecodingOptions, HeartbeatOptions } from '../domain/decoding.ts';
import type { KafkaEndpoint, SaslOptions, SourceEndpoint } from '../domain/endpoints.ts';
import { CdcError } from '../domain/errors.ts';
import { DeliverySchema, ErrorsSchema, RetrySchema } from './spec-delivery.ts';
import { EnvelopeSchema } from './spec-envelope.ts';
import { parseSection } from './spec-parse.ts';
import { RoutingSchema } from './spec-routing.ts';
import { HeartbeatSchema, ObjectsSchema, SourceSchema } from './spec-source.ts';
import { TargetSchema } from './spec-target.ts';

export { SourceSchema, TargetSchema };

const MAX_TAGS = 20;
const DESCRIPTION = /^[^!=<>&'"\\]*$/;

/** The whole task spec (contract). Limits of name, description, tags, brokers and slot name are those of DRS. */
export const TaskSpecSchema = z
  .strictObject({
    name: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{3,49}$/, '4 to 50 letters, digits, - and _, starting with a letter'),
    description: z
      .string()
      .max(256, 'at most 256 characters')
      .regex(DESCRIPTION, 'must not hold any of ! = < > & \' " \\')
      .optional(),
    tags: z
      .record(z.string().min(1), z.string())
      .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `at most ${MAX_TAGS} tags`)
      .optional(),
    source: SourceSchema,
    objects: ObjectsSchema,
    target: TargetSchema,
    routing: RoutingSchema.prefault({}),
    envelope: EnvelopeSchema.prefault({}),
    delivery: DeliverySchema.prefault({}),
    errors: ErrorsSchema.prefault({}),
    ddl: z.enum(['ignore', 'error', 'emit']).default('ignore'),
    truncate: z.enum(['ignore', 'error', 'emit']).default('ignore'),
    retry: RetrySchema.prefault({}),
  })
  .meta({ id: 'TaskSpec', description: 'What a task captures, where from, where to and how' });

export type TaskSpec = z.infer<typeof TaskSpecSchema>;
export type SourceSpec = z.infer<typeof SourceSchema>;
export type TargetSpec = z.infer<typeof TargetSchema>;

/** Checks a spec and fills in its defaults. Errors: SPEC_INVALID with one field per fault, all at once. */
export function parseSpec(input: unknown): TaskSpec {
  return parseSection(TaskSpecSchema, input, null);
}

/** Checks a `source` block by itself; paths in errors are relative to it. Errors: SPEC_INVALID. */
export function parseSource(input: unknown): SourceSpec {
  return parseSection(SourceSchema, input, 'source');
}

/** Checks a `target` block by itself; paths in errors are relative to it. Errors: SPEC_INVALID. */
export function parseTarget(input: unknown): TargetSpec {
  return parseSection(TargetSchema, input, 'target');
}

export function toSourceEndpoint(source: SourceSpec): SourceEndpoint {
  const { dialect, host, port, replicationPort, database, username, password, tls } = source;
  return { dialect, host, port, replicationPort, database, username, password, tls };
}

/** How the stream of a task is decoded; empty: as the dialect does by default. */
export function toDecoding({ decoding }: SourceSpec): DecodingOptions {
  return decoding ?? {};
}

export function toHeartbeat({ heartbeat }: SourceSpec): HeartbeatOptions {
  const { schema, create, intervalSeconds } = heartbeat ?? HeartbeatSchema.parse({});
  return { schema, create, intervalMs: intervalSeconds * 1000 };
}

export function toKafkaEndpoint(target: TargetSpec): KafkaEndpoint {
  const { brokers, securityProtocol, sasl, ssl, clientProperties } = target;
  return {
    brokers,
    securityProtocol,
    sasl: sasl && toSaslOptions(sasl),
    ssl: ssl && { ca: ssl.ca, cert: ssl.cert, key: ssl.key, rejectUnauthorized: ssl.rejectUnauthorized },
    compression: clientProperties?.['compression.type'] === 'gzip' ? 'gzip' : 'none',
  };
}

function toSaslOptions({ mechanism, username, password }: NonNullable<TargetSpec['sasl']>): SaslOptions {
  if (mechanism === 'OAUTHBEARER' || username === undefined || password === undefined) {
    throw new CdcError('OPTION_UNSUPPORTED', `target.sasl: ${mechanism} with what is given is not offered`);
  }
  return { mechanism, username, password };
}

/** JSON Schema of what a user writes: for editors and the console. */
export function createSpecJsonSchema(): z.core.JSONSchema.JSONSchema {
  return z.toJSONSchema(TaskSpecSchema, { io: 'input' });
}
