import { CdcError } from '../../domain/errors.ts';
import type { Relation } from '../../domain/relation.ts';

/** Says which column a CONVERSION_FAILED came from; any other error passes through. */
export function locatedError(error: unknown, relation: Relation, position: number): unknown {
  if (!(error instanceof CdcError) || error.code !== 'CONVERSION_FAILED') return error;
  const { schema, table, columns } = relation;
  const column = columns[position]!.name;
  return new CdcError(error.code, `column ${column} of ${schema}.${table}: ${error.message}`, {
    cause: error,
    data: { ...error.data, schema, table, column },
  });
}

/** The server did not send a column that a record's key needs. */
export function keyUnavailable({ schema, table, columns }: Relation, position: number): CdcError {
  const column = columns[position]!.name;
  return new CdcError('KEY_UNAVAILABLE', `the server did not send key column ${column} of ${schema}.${table}`, {
    data: { schema, table, column },
  });
}

/** The server sent no row where the operation has one. */
export function missingRow({ schema, table }: Relation, row: 'after' | 'before'): CdcError {
  const which = row === 'after' ? 'new' : 'old';
  return new CdcError('KEY_UNAVAILABLE', `the server sent no ${which} row for a change of ${schema}.${table}`, {
    data: { schema, table },
  });
}
