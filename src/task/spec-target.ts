import { z } from 'zod';
import { secret, text } from './spec-fields.ts';

const MAX_BROKERS = 10;
const BROKER = /^(?:\[[0-9a-fA-F:.%]+\]|[^\s:,/[\]]+):(\d{1,5})$/;

function isBroker(broker: string): boolean {
  const port = Number(BROKER.exec(broker)?.[1]);
  return port >= 1 && port <= 65535;
}

/** A list of `host:port`; an entry may hold several, comma separated, as other tools write them. */
const BrokersSchema = z
  .array(z.string())
  .overwrite((entries) => entries.flatMap((entry) => entry.split(',').map((broker) => broker.trim())))
  .min(1, 'at least one host:port')
  .max(MAX_BROKERS, `at most ${MAX_BROKERS} host:port`)
  .superRefine((brokers, context) => {
    for (const [i, broker] of brokers.entries()) {
      if (!isBroker(broker)) {
        context.addIssue({ code: 'custom', path: [i], message: 'write host:port, with a port of 1 to 65535' });
      }
    }
  });

const SaslSchema = z
  .strictObject({
    mechanism: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']),
    username: text.optional(),
    password: secret('Password of the user').optional(),
    tokenEndpoint: z.url().optional(),
    clientId: text.optional(),
    clientSecret: secret('Secret of the OAuth client').optional(),
    scope: z.string().optional(),
  })
  .meta({ id: 'Sasl' });

const TruststoreSchema = z.strictObject({
  path: text,
  type: z.enum(['JKS', 'PKCS12']),
  password: secret('Password of the truststore').optional(),
});

const KeystoreSchema = z.strictObject({
  path: text,
  type: z.enum(['JKS', 'PKCS12']),
  password: secret('Password of the keystore').optional(),
});

const SslSchema = z
  .strictObject({
    ca: text.optional().describe('PEM'),
    cert: text.optional().describe('PEM'),
    key: secret('Private key, PEM').optional(),
    truststore: TruststoreSchema.optional(),
    keystore: KeystoreSchema.optional(),
    rejectUnauthorized: z.boolean().default(true).describe("Verify the brokers' certificates and host names"),
  })
  .meta({ id: 'Ssl' });

export const TargetSchema = z
  .strictObject({
    type: z.literal('kafka').default('kafka'),
    brokers: BrokersSchema,
    securityProtocol: z.enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']).default('PLAINTEXT'),
    sasl: SaslSchema.optional(),
    ssl: SslSchema.optional(),
    clientProperties: z
      .record(z.string(), z.string())
      .optional()
      .describe('Properties of the Kafka client by their Java names'),
  })
  .meta({ id: 'Target', description: 'The Kafka cluster that the records go to' });
