import { z } from 'zod';
import { secret, text } from './spec-fields.ts';
import { TlsSchema } from './spec-source.ts';

const UnwrapSchema = z.strictObject({
  op: text.optional(),
  deleted: text.optional(),
  dorisDeleteSign: z.boolean().optional(),
  sourceFields: z.array(text).optional(),
});

const RegistrySchema = z.strictObject({
  url: z.url(),
  subjectStrategy: z.enum(['topic', 'record', 'topic-record']).optional(),
  autoRegister: z.boolean().optional(),
  basic: z.strictObject({ username: text, password: secret('Password of the registry') }).optional(),
  bearer: secret('Token of the registry').optional(),
  tls: TlsSchema.partial().optional(),
});

/** All formats and all their options; which go together is the formats' own matter (spec-support.ts). */
export const EnvelopeSchema = z
  .strictObject({
    format: z
      .enum([
        'drs-json',
        'drs-json-c',
        'drs-avro',
        'debezium-json',
        'debezium-avro',
        'avro',
        'flat-json',
        'canal-json',
        'doris-multi-table',
        'protobuf',
      ])
      .default('drs-json'),
    key: z.enum(['default', 'debezium', 'avro', 'string']).optional(),
    schemas: z.boolean().optional(),
    profile: z.enum(['2.7', '3.1', '3.6', 'mysql']).optional(),
    serverName: text.optional(),
    decimalHandling: z.enum(['precise', 'string', 'double']).optional(),
    timePrecision: z
      .enum(['adaptive', 'adaptive-time-microseconds', 'connect', 'isostring', 'microseconds', 'nanoseconds'])
      .optional(),
    binaryHandling: z.enum(['bytes', 'base64', 'base64-url-safe', 'hex']).optional(),
    hstoreHandling: z.enum(['json', 'map']).optional(),
    intervalHandling: z.enum(['numeric', 'string']).optional(),
    unavailableValue: z.string().optional(),
    unavailable: z.enum(['placeholder', 'omit']).optional(),
    nulls: z.enum(['exact', 'debezium']).optional(),
    tombstones: z.boolean().optional(),
    snapshotOp: z.enum(['r', 'c']).optional(),
    nameAdjustment: z.enum(['none', 'avro', 'avro-unicode']).optional(),
    transactionMetadata: z.boolean().optional(),
    unwrap: UnwrapSchema.optional(),
    registry: RegistrySchema.optional(),
  })
  .meta({ id: 'Envelope', description: 'Format of keys and values' });
