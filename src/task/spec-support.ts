import type { FieldError } from '../domain/errors.ts';
import { OFFERED_FORMATS } from '../envelope/formats.ts';
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
  { path: 'envelope.key', offered: ['default'] },
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

/** Options that a format on offer knows; another one is an error. */
const FORMAT_OPTIONS: Readonly<Record<string, readonly string[]>> = { 'drs-json': ['format', 'key'] };

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

function formatOptionFaults(input: unknown): FieldError[] {
  const format = String(memberAt(input, 'envelope.format') ?? 'drs-json');
  const known = FORMAT_OPTIONS[format];
  if (known === undefined) return [];
  return memberNames(input, 'envelope')
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: `envelope.${name}`,
      code: 'not_applicable',
      message: `format ${format} has no such option; it knows ${known.filter((one) => one !== 'format').join(', ')}`,
    }));
}

function unsupported(path: string, message: string): FieldError {
  return { path, code: 'OPTION_UNSUPPORTED', message };
}
