import type { FieldError } from '../domain/errors.ts';
import { memberAt, memberNames } from './spec-input.ts';

const DECODING = 'source.decoding';
/** Of parallel decoding only. */
const PARALLEL_ONLY = ['style', 'batch', 'parallelism'];

/** Options of the plugin that the service sets itself, and what to use in their place. */
const MANAGED_OPTIONS: Readonly<Record<string, string>> = {
  'parallel-decode-num': 'source.decoding.parallelism',
  'decode-style': 'source.decoding.style',
  'sending-batch': 'source.decoding.batch',
  'white-table-list': 'objects',
  'include-timestamp': 'nothing: the commit time is part of every record',
  'include-xids': 'nothing: it is always on',
  'skip-empty-xacts': 'nothing: empty transactions move the slot',
  'force-binary': 'nothing: the stream is always read as bytes',
  proto_version: 'nothing: version 1 is what is read',
  publication_names: 'source.publication',
  binary: 'nothing: values are published as text',
  usesnapshot: 'nothing: snapshots are not taken through the stream',
};

/** Whether the stream is read through a publication: then `source.publication` means something. */
export function readsPublication(source: unknown): boolean {
  return memberAt(source, 'dialect') === 'postgres' || memberAt(source, 'decoding.plugin') === 'pgoutput';
}

/** What of `source.decoding`, `publication` and `heartbeat` does not go with dialect, plugin and mode. */
export function decodingFaults(input: unknown): readonly FieldError[] {
  const source = memberAt(input, 'source');
  const faults = memberAt(source, 'dialect') === 'postgres' ? postgresFaults(input) : modeFaults(input);
  const hasPublication = memberAt(source, 'publication') !== undefined;
  if (!hasPublication || readsPublication(source)) return faults;
  return [...faults, notApplicable('source.publication', 'plugin mppdb_decoding reads no publication')];
}

function postgresFaults(input: unknown): FieldError[] {
  const isOwnPlugin = (memberAt(input, `${DECODING}.plugin`) ?? 'pgoutput') === 'pgoutput';
  const others = memberNames(input, DECODING).filter((name) => name !== 'plugin');
  return [
    ...(isOwnPlugin ? [] : [notApplicable(`${DECODING}.plugin`, 'dialect postgres decodes with pgoutput')]),
    ...others.map((name) => notApplicable(`${DECODING}.${name}`, 'dialect postgres has no such option')),
    ...(memberAt(input, 'source.heartbeat') === undefined
      ? []
      : [notApplicable('source.heartbeat', 'dialect postgres needs none')]),
  ];
}

function modeFaults(input: unknown): FieldError[] {
  const given = memberNames(input, DECODING);
  const isSerialPlugin = memberAt(input, `${DECODING}.plugin`) === 'pgoutput';
  const isSerial = isSerialPlugin || memberAt(input, `${DECODING}.mode`) === 'serial';
  const why = isSerialPlugin ? 'plugin pgoutput decodes serially' : 'mode serial has no such option';
  return [
    ...(isSerialPlugin && memberAt(input, `${DECODING}.mode`) === 'parallel'
      ? [notApplicable(`${DECODING}.mode`, why)]
      : []),
    ...(isSerial ? PARALLEL_ONLY.filter((name) => given.includes(name)) : []).map((name) =>
      notApplicable(`${DECODING}.${name}`, why),
    ),
    ...memberNames(input, `${DECODING}.options`).flatMap(managedOption),
  ];
}

function managedOption(name: string): FieldError[] {
  const instead = Object.hasOwn(MANAGED_OPTIONS, name) ? MANAGED_OPTIONS[name] : undefined;
  const path = `${DECODING}.options[${JSON.stringify(name)}]`;
  return instead === undefined ? [] : [notApplicable(path, `the service sets it; use ${instead}`)];
}

function notApplicable(path: string, message: string): FieldError {
  return { path, code: 'not_applicable', message };
}
