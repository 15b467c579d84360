import { expect } from 'vitest';
import { CdcError, type FieldError } from '../../src/domain/errors.ts';
import { mergePatch } from '../../src/task/merge-patch.ts';
import { parseSpec } from '../../src/task/spec.ts';

export const MINIMAL = {
  name: 'orders-to-kafka',
  source: { dialect: 'postgres', host: '127.0.0.1', port: 5432, database: 'shop', username: 'cdc', password: 's3cret' },
  objects: { include: ['public.*'] },
  target: { brokers: ['127.0.0.1:9092'] },
};
export const withChange = (change: unknown) => mergePatch(MINIMAL, change);

export function faultsOf(run: () => unknown): readonly FieldError[] {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(CdcError);
    expect(error).toMatchObject({ code: 'SPEC_INVALID', http: 422 });
    return (error as CdcError).fields;
  }
  return [];
}

export const faults = (change: unknown) => faultsOf(() => parseSpec(withChange(change)));
export const paths = (change: unknown) => faults(change).map((fault) => fault.path);
