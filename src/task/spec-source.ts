import { z } from 'zod';
import { patternFault } from '../pipeline/select.ts';
import { faultCheck, port, secret, text } from './spec-fields.ts';

export const TlsSchema = z
  .strictObject({
    mode: z.enum(['disable', 'require', 'verify-ca', 'verify-full']),
    ca: text.optional().describe('PEM'),
    cert: text.optional().describe('PEM'),
    key: secret('Private key, PEM').optional(),
  })
  .meta({ id: 'Tls', description: 'TLS to the database, as libpq names the modes' });

const SlotSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, '1 to 63 lower-case letters, digits, underscore; not starting with a digit')
    .optional()
    .describe('A generated name when left out'),
  dropOnStop: z.boolean().default(true).describe('Drop the slot at stop, if the task created it'),
});

/** As the server takes them: text; numbers and booleans are written as such. */
const DecodingOption = z
  .union([z.string().max(1024), z.number(), z.boolean()])
  .transform((value) => (typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value)));

const NodeSchema = z.strictObject({ name: text, host: text, port, replicationPort: port.optional() });

const DecodingSchema = z.strictObject({
  plugin: z.enum(['mppdb_decoding', 'pgoutput']).optional().describe('openGauss: mppdb_decoding when left out'),
  mode: z
    .enum(['serial', 'parallel'])
    .optional()
    .describe('parallel when left out, serial where the server refuses it'),
  style: z.enum(['binary', 'json', 'text']).optional().describe('Of parallel decoding; binary when left out'),
  batch: z.boolean().optional().describe('Many changes per message in parallel decoding; true when left out'),
  parallelism: z.int().min(2).max(20).optional().describe('Decoder threads on the server; 4 when left out'),
  options: z
    .record(z.string().regex(/^[a-z][a-z0-9_-]*$/, 'an option name of the plugin'), DecodingOption)
    .optional()
    .describe('Passed through to the plugin of the server'),
});

export const HeartbeatSchema = z
  .strictObject({
    schema: text.default('public').describe('Schema of the table gausscast_heartbeat'),
    create: z.boolean().default(false).describe('Create the table at start where it is missing'),
    intervalSeconds: z.int().min(1).max(3600).default(10),
  })
  .describe('A small table whose rows move an idle slot under parallel decoding (openGauss, GaussDB)');

export const SourceSchema = z
  .strictObject({
    dialect: z.enum(['postgres', 'opengauss', 'gaussdb']),
    host: z.string().regex(/^\S+$/, 'a host name or address without spaces'),
    port,
    replicationPort: port.optional().describe('Where replication connections go to another port'),
    database: text,
    username: text,
    password: secret('Password of the user'),
    tls: TlsSchema.optional(),
    slot: SlotSchema.prefault({}),
    publication: text
      .max(63, 'at most 63 characters')
      .optional()
      .describe('Of your own; managed by the task when left out'),
    nodes: z.array(NodeSchema).min(1).optional(),
    addressMap: z.record(z.string(), z.string()).optional(),
    decoding: DecodingSchema.optional(),
    heartbeat: HeartbeatSchema.optional(),
  })
  .meta({ id: 'Source', description: 'The database whose changes are captured' });

const pattern = z.string().superRefine(faultCheck(patternFault));

export const ObjectsSchema = z
  .strictObject({
    include: z.array(pattern).min(1, 'at least one pattern'),
    exclude: z.array(pattern).optional(),
    autoAdd: z.boolean().default(false).describe('Capture new tables that match from their discovery on'),
  })
  .meta({
    id: 'Objects',
    description: 'Tables by `schema.table`: each part a literal, a double-quoted identifier, or with `*`; exclude wins',
  });
