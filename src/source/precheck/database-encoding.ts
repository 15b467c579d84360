import type { CheckResult } from '../../domain/task.ts';
import { type CheckSubject, failed, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'database-encoding', group: 'source' };

/** openGauss decodes into the bytes of the database, whatever client_encoding says; they must be UTF-8. */
export function checkDatabaseEncoding(facts: { readonly database: string; readonly encoding: string }): CheckResult {
  if (facts.encoding === 'UTF8') return passed(SUBJECT, `Database ${facts.database} is encoded in UTF8.`);
  return failed(SUBJECT, {
    message: `Database ${facts.database} is encoded in ${facts.encoding}.`,
    cause: 'The server decodes changes of UTF8 databases only; an encoding cannot be changed afterwards.',
    cure: "Move the data into a database created with ENCODING 'UTF8', and name that in source.database.",
  });
}
