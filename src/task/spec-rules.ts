import type { FieldError } from '../domain/errors.ts';
import { DEFAULT_TOPIC_TEMPLATE } from '../pipeline/route.ts';
import { decodingFaults } from './spec-decoding-rules.ts';
import { memberAt } from './spec-input.ts';

type Rule = (input: unknown) => readonly FieldError[];

/** What fields must be together. Run on the raw input, so that these faults show up beside all others. */
export const ruleFaults: readonly Rule[] = [
  topicPolicy,
  saslByProtocol,
  sslByProtocol,
  saslCredentials,
  (input) => certificatePair(input, 'source.tls'),
  (input) => certificatePair(input, 'target.ssl'),
  retryDelays,
  decodingFaults,
];

const required = (path: string, message: string): FieldError => ({ path, code: 'required', message });
const conflict = (path: string, message: string): FieldError => ({ path, code: 'conflict', message });
const has = (input: unknown, path: string): boolean => memberAt(input, path) !== undefined;

function topicPolicy(input: unknown): FieldError[] {
  const name = 'routing.topic.name';
  const template = 'routing.topic.template';
  if (memberAt(input, 'routing.topic.policy') === 'fixed') {
    const given = memberAt(input, template);
    const isOwn = given !== undefined && given !== DEFAULT_TOPIC_TEMPLATE;
    return [
      ...(has(input, name) ? [] : [required(name, 'policy fixed needs the name of the topic')]),
      ...(isOwn ? [conflict(template, 'policy fixed takes no template, but a name')] : []),
    ];
  }
  // An unknown policy is reported by itself.
  const isAuto = (memberAt(input, 'routing.topic.policy') ?? 'auto') === 'auto';
  return isAuto && has(input, name) ? [conflict(name, 'policy auto takes no name, but a template')] : [];
}

/** Null when it is none of the known ones, which is reported by itself. */
function protocolOf(input: unknown): string | null {
  const protocol = memberAt(input, 'target.securityProtocol') ?? 'PLAINTEXT';
  return typeof protocol === 'string' && /^(SASL_)?(PLAINTEXT|SSL)$/.test(protocol) ? protocol : null;
}

function saslByProtocol(input: unknown): FieldError[] {
  const protocol = protocolOf(input);
  if (protocol === null || protocol.startsWith('SASL_') === has(input, 'target.sasl')) return [];
  return has(input, 'target.sasl')
    ? [conflict('target.sasl', 'set securityProtocol to SASL_SSL or SASL_PLAINTEXT to log in')]
    : [required('target.sasl', `securityProtocol ${protocol} needs mechanism, username and password`)];
}

function sslByProtocol(input: unknown): FieldError[] {
  const protocol = protocolOf(input);
  if (protocol === null || protocol.endsWith('SSL') || !has(input, 'target.ssl')) return [];
  return [conflict('target.ssl', 'set securityProtocol to SSL or SASL_SSL to use TLS')];
}

function saslCredentials(input: unknown): FieldError[] {
  if (!has(input, 'target.sasl') || memberAt(input, 'target.sasl.mechanism') === 'OAUTHBEARER') return [];
  return ['username', 'password']
    .map((name) => `target.sasl.${name}`)
    .filter((path) => !has(input, path))
    .map((path) => required(path, 'is required'));
}

function certificatePair(input: unknown, path: string): FieldError[] {
  const hasCert = has(input, `${path}.cert`);
  if (hasCert === has(input, `${path}.key`)) return [];
  return [required(`${path}.${hasCert ? 'key' : 'cert'}`, 'cert and key are needed together')];
}

function retryDelays(input: unknown): FieldError[] {
  const initial = memberAt(input, 'retry.initialDelayMs');
  const max = memberAt(input, 'retry.maxDelayMs');
  if (typeof initial !== 'number' || typeof max !== 'number' || initial <= max) return [];
  return [conflict('retry.maxDelayMs', 'must not be less than initialDelayMs')];
}
