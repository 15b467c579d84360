/** timed: retried by itself; manual: after someone acted (a bounded number of automatic tries is allowed); never: trying again does harm. */
export type RetryClass = 'timed' | 'manual' | 'never';

interface ErrorEntry {
  readonly retry: RetryClass;
  readonly http: number;
  readonly hint: string;
}

const entry = (retry: RetryClass, http: number, hint: string): ErrorEntry => ({ retry, http, hint });

/** Every error Gausscast can show, by stable code. Codes are never reused. */
export const ERROR_TABLE = {
  // Config and spec
  SPEC_INVALID: entry('manual', 422, 'Correct the fields listed under errors.'),
  BODY_MALFORMED: entry('manual', 400, 'Send a well-formed JSON body with content type application/json.'),
  CONFIG_INVALID: entry('manual', 422, 'Correct the option named in the message; see gausscast serve --help.'),
  OPTION_UNSUPPORTED: entry('manual', 422, 'This version does not offer the option; the README lists what it does.'),
  NAME_TAKEN: entry('manual', 409, 'Choose another task name; names are compared without case.'),
  // Source
  SOURCE_UNREACHABLE: entry(
    'timed',
    502,
    'Check host, port, firewall and that the database runs; the task goes on by itself.',
  ),
  SOURCE_TLS: entry(
    'manual',
    502,
    'Check source.tls: the mode the server offers and the CA that signed its certificate.',
  ),
  SOURCE_AUTH: entry(
    'never',
    502,
    'Correct source.username and source.password (PATCH the task), then start it again.',
  ),
  SOURCE_DATABASE: entry('manual', 409, 'Correct source.database: the server has no database of this name.'),
  SOURCE_PERMISSION: entry('manual', 502, 'Grant what the message names; the precheck prints the SQL.'),
  SOURCE_QUERY: entry('manual', 502, 'The database refused a statement; the message holds its own words.'),
  SOURCE_SILENT: entry('timed', 504, 'The server stopped talking; the task reconnects by itself.'),
  SOURCE_CONNECTION_LOST: entry('timed', 502, 'The connection ended; the task reconnects by itself.'),
  DIALECT_MISMATCH: entry('manual', 409, 'Set source.dialect to the kind of server that answered.'),
  DECODE_FAILED: entry(
    'never',
    500,
    'The stream holds bytes this version does not know. Nothing was skipped; report the hex in data.',
  ),
  RELATION_UNKNOWN: entry('manual', 500, 'The catalog no longer knows the table and no earlier description is stored.'),
  KEY_UNAVAILABLE: entry(
    'manual',
    500,
    'The server did not send the key of a row; set REPLICA IDENTITY FULL on the table.',
  ),
  CONVERSION_FAILED: entry(
    'never',
    500,
    'A cell is not in the form its type prints: set DateStyle ISO, bytea_output hex and IntervalStyle postgres on the database, or choose a format that publishes text.',
  ),
  SLOT_LOST: entry(
    'never',
    409,
    'The slot is gone or not the one this task used. Create the task anew; changes since the last checkpoint must be loaded again.',
  ),
  SLOT_IN_USE: entry(
    'timed',
    409,
    'Another session reads the slot; stop it, or stop this task by force to end that session.',
  ),
  SLOT_EXISTS: entry(
    'manual',
    409,
    'A slot with this name exists and was not created by this task; choose another name or drop it.',
  ),
  SLOT_LIMIT: entry(
    'manual',
    409,
    'All replication slots are in use; drop unused ones or raise max_replication_slots.',
  ),
  SLOT_BLOCKED: entry(
    'manual',
    409,
    'Running transactions keep the slot from being created; end those named, then start again.',
  ),
  SLOT_DROP_FAILED: entry('manual', 409, 'Run the SQL shown on the source to drop the slot.'),
  PUBLICATION_MISSING: entry(
    'manual',
    409,
    'Create the publication named in source.publication, or leave the option out.',
  ),
  POSITION_MISMATCH: entry(
    'never',
    409,
    'The replayed change is not the one published before; the slot or the database was replaced.',
  ),
  TRUNCATE_SEEN: entry(
    'manual',
    409,
    'A captured table was truncated and the policy is error; set truncate to ignore to go on.',
  ),
  OBJECTS_EMPTY: entry('manual', 422, 'No table matches objects.include; check names and privileges.'),
  // Target
  KAFKA_UNREACHABLE: entry('timed', 502, 'Check target.brokers and the network; the task goes on by itself.'),
  KAFKA_AUTH: entry(
    'never',
    502,
    'Correct target.sasl or the client certificate (PATCH the task), then start it again.',
  ),
  KAFKA_TLS: entry(
    'manual',
    502,
    "Check target.ssl: the CA that signed the brokers' certificates, and securityProtocol.",
  ),
  KAFKA_PERMISSION: entry('manual', 502, 'Grant the principal WRITE, DESCRIBE and CREATE on the topics named.'),
  KAFKA_REQUEST: entry('manual', 502, 'Kafka refused a request; the message holds its error name.'),
  KAFKA_FENCED: entry(
    'timed',
    409,
    'Another session of this task publishes; the stream starts again from its checkpoint.',
  ),
  KAFKA_SESSION_ENDED: entry('timed', 502, 'Publishing was interrupted; the stream starts again from its checkpoint.'),
  TOPIC_MISSING: entry('manual', 409, 'Create the topic, or use the topic policy auto.'),
  TOPIC_INVALID: entry(
    'manual',
    422,
    'Choose a topic name of letters, digits, dot, dash and underscore, at most 249 characters.',
  ),
  RECORD_TOO_LARGE: entry(
    'manual',
    409,
    'Raise max.message.bytes of the topic above the size named and start the task again.',
  ),
  // Store
  STORE_FOREIGN: entry('never', 500, 'The file is not a Gausscast store; choose another --data-dir.'),
  STORE_NEWER: entry('never', 500, 'The store was written by a newer Gausscast; run that version.'),
  STORE_LOCKED: entry(
    'never',
    500,
    'Another Gausscast uses this data directory; stop it or choose another --data-dir.',
  ),
  STORE_FAILED: entry(
    'manual',
    500,
    'The store could not be read or written; check disk space and permissions of the data directory.',
  ),
  // Task
  TASK_NOT_FOUND: entry('manual', 404, 'List the tasks: the id or name is unknown.'),
  ILLEGAL_STATE: entry('manual', 409, 'The task does not take this command now; see the allowed commands.'),
  PRECHECK_REQUIRED: entry('manual', 409, 'Run the precheck first.'),
  PRECHECK_FAILED: entry('manual', 409, 'Cure the failed checks, then run the precheck again.'),
  PRECHECK_ALARMS: entry('manual', 409, 'Read the alarms, then start with acceptAlarms: true (--accept-alarms).'),
  POSITION_STORED: entry(
    'manual',
    409,
    'The task has a position in the source; these fields cannot change any more. Create a new task.',
  ),
  SLOT_LEFT: entry('manual', 409, 'The slot of the task still exists; delete with force=true to drop it too.'),
  DRAIN_TIMEOUT: entry('manual', 504, 'Not everything could be published in time; stop again, or stop by force.'),
  CONFLICT: entry('manual', 409, 'The task was changed by another request; read it again and repeat.'),
  // Edge
  NOT_FOUND: entry('manual', 404, 'See /docs for the routes.'),
  METHOD_NOT_ALLOWED: entry('manual', 405, 'Use one of the methods in the Allow header; see /docs.'),
  REQUEST_INVALID: entry('manual', 422, 'Correct the fields listed under errors; see /docs.'),
  CROSS_SITE: entry(
    'manual',
    403,
    'Call the API from the same origin or from a program; pages of other sites are refused.',
  ),
  NOT_READY: entry('timed', 503, 'Wait until the service is ready; see /health/ready.'),
  LISTEN_FAILED: entry(
    'manual',
    500,
    'Choose another --host or --port (port 0 takes a free one), or stop what uses it.',
  ),
  BODY_TOO_LARGE: entry('manual', 413, 'Send a smaller body.'),
  MEDIA_TYPE: entry('manual', 415, 'Send content type application/json.'),
  SERVICE_UNREACHABLE: entry('timed', 503, 'Start the service (gausscast serve) or set --server.'),
  USAGE: entry('manual', 400, 'See --help.'),
  INTERNAL: entry('manual', 500, 'This is a bug: please report it with the log around it.'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_TABLE;
