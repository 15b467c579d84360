import type { FieldError } from '../domain/errors.ts';
import { envelopeFaults, OFFERED_FORMATS } from '../envelope/formats.ts';
import { memberAt, memberNames } from './spec-input.ts';

interface Support {
  readonly path: string;
  /** Values on offer; none: the option as a whole is not. */
  readonly offered: readonly (string | number | boolean)[];
  /** What to use in its place. */
  readonly instead?: string;
}

/** Options of the spec that this version knows but offers only in part. What a version adds, it strikes here. */
const SUPPORT: readonly Support[] = [
  { path: 'source.nodes', offered: [], instead: 'source.host and source.port' },
  { path: 'source.addressMap', offered: [] },
  { path: 'objects.autoAdd', offered: [false] },
  { path: 'target.sasl.mechanism', offered: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] },
  { path: 'target.sasl.tokenEndpoint', offered: [] },
  { path: 'target.sasl.clientId', offered: [] },
  { path: 'target.sasl.clientSecret', offered: [] },
  { path: 'target.sasl.scope', offered: [] },
  { path: 'target.ssl.truststore', offered: [], instead: 'target.ssl.ca (PEM)' },
  { path: 'target.ssl.keystore', offered: [], instead: 'target.ssl.cert and target.ssl.key (PEM)' },
  { path: 'envelope.format', offered: OFFERED_FORMATS },
  { path: 'envelope.transactionMetadata', offered: [false] },
  { path: 'delivery.guarantee', offered: ['at-least-once'] },
  { path: 'errors.policy', offered: ['fail'] },
  { path: 'errors.deadLetterTopic', offered: [] },
  { path: 'errors.threshold', offered: [-1] },
  { path: 'errors.oversize', offered: ['fail'] },
  { path: 'ddl', offered: ['ignore'] },
  { path: 'truncate', offered: ['ignore', 'error'] },
];

/** Kafka client properties (Java names) and their values on offer. */
const CLIENT_PROPERTIES: Readonly<Record<string, readonly string[]>> = { 'compression.type': ['none', 'gzip'] };

/** What the input asks for that this version does not offer. */
export const supportFaults: readonly ((input: unknown) => readonly FieldError[])[] = [
  (input) => SUPPORT.flatMap((support) => optionFaults(support, memberAt(input, support.path))),
  clientPropertyFaults,
  formatOptionFaults,
];

function optionFaults({ path, offered, instead }: Support, value: unknown): FieldError[] {
  if (value === undefined || offered.some((one) => one === value)) return [];
  if (offered.length > 0) return [unsupported(path, `this version offers ${offered.map(String).join(', ')}`)];
  return [unsupported(path, `this version does not offer it${instead === undefined ? '' : `; use ${instead}`}`)];
}

function clientPropertyFaults(input: unknown): FieldError[] {
  return memberNames(input, 'target.clientProperties').flatMap((name) => {
    const path = `target.clientProperties[${JSON.stringify(name)}]`;
    const offered = CLIENT_PROPERTIES[name];
    if (offered === undefined) {
      return [unsupported(path, `this version offers ${Object.keys(CLIENT_PROPERTIES).join(', ')} only`)];
    }
    const value = (memberAt(input, 'target.clientProperties') as Readonly<Record<string, unknown>>)[name];
    return offered.some((one) => one === value) ? [] : [unsupported(path, `this version offers ${offered.join(', ')}`)];
  });
}

function formatOptionFaults(input: unknown): readonly FieldError[] {
  const envelope = memberAt(input, 'envelope');
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) return [];
  return envelopeFaults(String(memberAt(envelope, 'format') ?? 'drs-json'), envelope as Record<string, unknown>);
}

function unsupported(path: string, message: string): FieldError {
  return { path, code: 'OPTION_UNSUPPORTED', message };
}
