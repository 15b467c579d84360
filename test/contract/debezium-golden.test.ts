import { describe, expect, it } from 'vitest';
import { expectedMessages, masked, optionsOf } from '../support/debezium-golden.ts';
import type { Message } from '../support/debezium-messages.ts';
import { readMessages, readStream, recordingNames } from '../support/debezium-recording.ts';
import { replay } from '../support/debezium-replay.ts';

/**
 * Real Debezium connectors read this WAL and published these messages (test/fixtures/debezium/README.md): ours are the same
 * bytes, keys, values and headers, under `nulls: debezium` and without the columns of unknown types. Masked: the clock of the
 * envelope and the id of the run.
 */

/** Recordings whose connector stopped by itself before the end: what it had published is where ours begin. */
const STOPPED: Readonly<Record<string, string>> = {
  'fail-domain-over-enum.v27-plain': 'it cannot start where a domain over an enum exists',
  'fail-domain-over-enum.v31-plain': 'it cannot start where a domain over an enum exists',
  'fail-domain-over-enum.v36-plain': 'it cannot start where a domain over an enum exists',
  'fail-nanoseconds-not-null.v36-time-nanoseconds': 'it has no zero for NOT NULL timestamps as nanoseconds',
  'fail-toast-url-safe-not-null.v36-binary-base64': 'it has no placeholder for bytea as base64 text',
  'fail-toast-url-safe-not-null.v36-binary-base64-url-safe': 'it has no placeholder for bytea as base64 text',
  'names-collision.v27-plain': 'it reads the columns of all tables whose names match as LIKE patterns',
  'names-collision.v31-plain': 'it reads the columns of all tables whose names match as LIKE patterns',
  'types-timetz-seconds.v27-plain': 'it cannot read a timetz whose offset has seconds',
  'types-timetz-seconds.v31-plain': 'it cannot read a timetz whose offset has seconds',
  'types-timetz-seconds.v36-plain': 'it cannot read a timetz whose offset has seconds',
};

/**
 * 2.7 and 3.1 break names outside ASCII (each byte becomes a character of its own) and lose key, NOT NULL and defaults of such
 * tables and of those with a backslash in the name. Places of the messages where that shows.
 */
const IN_PAYLOADS = [0, 1, 2, 4, 5, 7, 8, 9, 10, 19];
const IN_SCHEMAS = [0, 1, 2, 4, 5, 7, 8, 9, 10, 16, 19];
const BROKEN_NAMES: Readonly<Record<string, readonly number[]>> = {
  'names.v27-plain': IN_PAYLOADS,
  'names.v27-schemas': IN_SCHEMAS,
  'names.v31-plain': IN_PAYLOADS,
  'names.v31-schemas': IN_SCHEMAS,
};
/** Two columns get one name: refused by both. */
const CLASH = 'fail-avro-name-clash.v36-avro-names';

describe('recordings of real Debezium', () => {
  const names = recordingNames();

  it('are all there', () => {
    expect(names).toHaveLength(178);
  });

  it.each(names.filter((name) => !(name in STOPPED) && name !== CLASH))('%s', (name) => {
    const { ours, theirs } = compare(name);
    const found = differences(ours, theirs);
    const broken = BROKEN_NAMES[name] ?? [];
    expect(found.filter(({ place }) => !broken.includes(place))).toEqual([]);
    expect(found.map(({ place }) => place)).toEqual(broken);
    expect(ours).toHaveLength(theirs.length);
  });

  it.each(Object.entries(STOPPED))('%s, stopped: %s', (name) => {
    const { ours, theirs } = compare(name);
    expect(differences(ours, theirs)).toEqual([]);
    expect(ours.length).toBeGreaterThan(theirs.length);
  });

  it('with columns whose adjusted names clash are refused by both', () => {
    expect(() => compare(CLASH)).toThrow('columns a b and a-b of public.nc both become a_b');
  });
});

function compare(name: string): { readonly ours: readonly Message[]; readonly theirs: readonly Message[] } {
  const [scenario, config] = name.split('.') as [string, string];
  const recorded = readMessages(name);
  const run = { runId: '', unknownTypes: 'drop' } as const;
  return {
    ours: replay(readStream(scenario), optionsOf(config, recorded), run).map(masked),
    theirs: expectedMessages(recorded).map(masked),
  };
}

function differences(ours: readonly Message[], theirs: readonly Message[]) {
  return theirs
    .map((message, place) => ({ place, theirs: message, ours: ours[place] }))
    .filter((pair) => JSON.stringify(pair.ours) !== JSON.stringify(pair.theirs));
}
