import type { CdcError, FieldError } from './errors.ts';

/** An error in the form of RFC 9457, as REST answers it and the CLI prints it with `--json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly hint: string;
  readonly instance: string;
  readonly errors?: readonly FieldError[];
  readonly sql?: readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
  /** Commands the task takes in its state, with ILLEGAL_STATE. */
  readonly allowedCommands?: unknown;
  /** Checks that stand in the way of a start, with PRECHECK_ALARMS. */
  readonly alarms?: unknown;
}

/** Members of `data` that a program acts on: shown as extension members of the document itself, too (RFC 9457, 3.2). */
const EXTENSIONS = ['allowedCommands', 'alarms'] as const;

/** The problem document of an error; `instance` is the path of the request. What went wrong inside (INTERNAL) is left to the log. */
export function toProblem(error: CdcError, instance: string): Problem {
  const internal = error.code === 'INTERNAL';
  return {
    type: `urn:gausscast:error:${error.code}`,
    title: titleOf(error.code),
    status: error.http,
    code: error.code,
    detail: internal ? 'Something went wrong inside Gausscast; the log holds the details.' : error.message,
    hint: error.hint,
    instance,
    ...(error.fields.length > 0 && { errors: error.fields }),
    ...(error.sql.length > 0 && { sql: error.sql }),
    ...(!internal && Object.keys(error.data).length > 0 && { data: error.data }),
    ...(!internal && extensions(error.data)),
  };
}

function extensions(data: CdcError['data']): Partial<Problem> {
  return Object.fromEntries(EXTENSIONS.filter((name) => name in data).map((name) => [name, data[name]]));
}

/** `TASK_NOT_FOUND` → `Task not found`: the same for every occurrence, as the RFC asks. */
function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
