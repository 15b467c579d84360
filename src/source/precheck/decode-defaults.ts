import type { CheckResult } from '../../domain/task.ts';
import { alarm, type CheckSubject, passed } from './check.ts';

const SUBJECT: CheckSubject = { id: 'decode-defaults', group: 'source' };

/** logical_decode_options_default: options the server adds to a stream that does not name them. */
export function checkDecodeDefaults(settings: ReadonlyMap<string, string>): CheckResult {
  const defaults = settings.get('logical_decode_options_default') ?? '';
  if (defaults === '') return passed(SUBJECT, 'The server adds no decoding options of its own.');
  return alarm(SUBJECT, {
    message: `The server has decoding options of its own: ${defaults}.`,
    cause:
      'logical_decode_options_default is set. parallel-decode-num is always sent and not touched by it; the others apply.',
    cure: 'Accept it if this is meant; otherwise run the SQL, or set the options in source.decoding.options.',
    sql: ["ALTER SYSTEM SET logical_decode_options_default = '';"],
  });
}
