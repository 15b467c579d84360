import type { TableName } from '../../domain/decoding.ts';
import type { CheckResult } from '../../domain/task.ts';
import type { TableKind } from '../opengauss/table-kinds.ts';
import { type CheckSubject, failed, nameList, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'table-kinds', group: 'objects' };

type KindFacts = Pick<
  TableKind,
  'schema' | 'table' | 'persistence' | 'orientation' | 'isIntervalPartitioned' | 'isCompressed' | 'isForeign'
>;

/**
 * Kinds of tables that openGauss and GaussDB never decode. Unlogged ones have their own check. `independent`: tables of
 * INDEPENDENT roles, whose rows the server keeps from everybody else, decoders too.
 */
export function checkTableKinds(kinds: readonly KindFacts[], independent: readonly TableName[]): CheckResult {
  const reasons = [
    ...kinds.flatMap((kind) => {
      const reason = neverDecoded(kind);
      return reason === null ? [] : [named(kind, reason)];
    }),
    ...independent.map((table) => named(table, 'owned by an INDEPENDENT role')),
  ];
  if (reasons.length === 0) return passed(SUBJECT, 'The server decodes all selected kinds of tables.');
  return failed(SUBJECT, {
    message: 'Some of the selected tables are never decoded.',
    cause: `${nameList(reasons)}.`,
    cure: 'Take them out with objects.exclude, or move their rows to ordinary row tables.',
  });
}

/** Why the server never decodes changes of the table; null: it does. */
function neverDecoded(kind: KindFacts): string | null {
  if (kind.isForeign) return 'a foreign or memory-optimised (MOT) table';
  if (kind.orientation === 'column') return 'column store';
  if (kind.persistence === 'g') return 'a global temporary table';
  if (kind.persistence === 't') return 'a temporary table';
  if (kind.isIntervalPartitioned) return 'interval partitions';
  if (kind.isCompressed) return 'compressed rows';
  return null;
}

function named({ schema, table }: TableName, reason: string): string {
  return `${schema}.${table}: ${reason}`;
}
