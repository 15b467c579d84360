import { isDeepStrictEqual } from 'node:util';
import { CdcError } from '../domain/errors.ts';
import type { StoredStream, StoredTask } from '../store/store.ts';
import { mergePatch } from './merge-patch.ts';
import { parseSpec, type TaskSpec } from './spec.ts';
import { specOf } from './stored-spec.ts';

type Json = Readonly<Record<string, unknown>>;

/** What names slot and publication: fixed as soon as one of them may exist. */
const IDENTITY = [
  'source.dialect',
  'source.database',
  'source.slot.name',
  'source.publication',
  'source.decoding.plugin',
];
/** What event numbers, keys and topics depend on: fixed as soon as there is a position (design §5.9). */
const CONTENT = ['source.decoding', 'objects', 'routing', 'envelope'];

/**
 * The spec after a merge patch (RFC 7396): what is left out, as secrets are where a spec is shown, keeps its stored value,
 * and null removes. Errors: BODY_MALFORMED, SPEC_INVALID, POSITION_STORED with the paths that cannot change any more.
 */
export function patchedSpec(task: StoredTask, patch: unknown, streams: readonly StoredStream[]): TaskSpec {
  if (!isObject(patch)) {
    throw new CdcError('BODY_MALFORMED', 'a merge patch is a JSON object', { hint: 'Send the members to change.' });
  }
  const next = parseSpec(mergePatch(JSON.parse(task.spec), patch));
  if (streams.length > 0) assertPositionKept(specOf(task), next, streams);
  return next;
}

function assertPositionKept(before: TaskSpec, after: TaskSpec, streams: readonly StoredStream[]): void {
  const hasPosition = streams.some((stream) => stream.checkpoint !== null);
  const fixed = hasPosition ? [...IDENTITY, ...CONTENT] : IDENTITY;
  const changed = fixed.filter((path) => !isDeepStrictEqual(valueAt(before, path), valueAt(after, path)));
  if (changed.length === 0) return;
  const message = 'cannot change any more: the task has a position in the source that depends on it';
  throw new CdcError('POSITION_STORED', `${changed.join(', ')} ${message}`, {
    fields: changed.map((path) => ({ path, code: 'POSITION_STORED', message })),
    data: { paths: changed },
  });
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
