CREATE TABLE installation (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  id   TEXT NOT NULL
) STRICT;

-- seq orders the pages of a listing: ids are random.
CREATE TABLE task (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  name            TEXT NOT NULL COLLATE NOCASE UNIQUE,
  spec            TEXT NOT NULL,
  state           TEXT NOT NULL,
  desired         TEXT NOT NULL,
  version         INTEGER NOT NULL,
  created_at      TEXT NOT NULL,
  updated_at      TEXT NOT NULL,
  start_at        TEXT,
  precheck        TEXT,
  last_error      TEXT,
  attempts        INTEGER NOT NULL,
  next_attempt_at TEXT,
  stop            TEXT
) STRICT;

CREATE TABLE event (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  time    TEXT NOT NULL,
  level   TEXT NOT NULL,
  code    TEXT NOT NULL,
  message TEXT NOT NULL,
  data    TEXT,
  actor   TEXT NOT NULL
) STRICT;

CREATE INDEX event_by_task ON event (task_id, id);

CREATE TABLE stream (
  task_id           TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  node              TEXT NOT NULL,
  slot              TEXT NOT NULL,
  slot_owned        INTEGER NOT NULL,
  plugin            TEXT NOT NULL,
  database          TEXT NOT NULL,
  system_id         TEXT NOT NULL,
  publication       TEXT NOT NULL,
  publication_owned INTEGER NOT NULL,
  lsn               TEXT,
  next_event_number INTEGER,
  published_number  INTEGER,
  published_lsn     TEXT,
  producer_id       TEXT,
  producer_epoch    INTEGER,
  producer_cluster  TEXT,
  PRIMARY KEY (task_id, node)
) STRICT;

CREATE TABLE relation (
  task_id     TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  node        TEXT NOT NULL,
  oid         INTEGER NOT NULL,
  description TEXT NOT NULL,
  PRIMARY KEY (task_id, node, oid)
) STRICT;

CREATE TABLE topic (
  task_id    TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  partitions INTEGER NOT NULL,
  PRIMARY KEY (task_id, name)
) STRICT;

CREATE TABLE total (
  task_id   TEXT PRIMARY KEY REFERENCES task (id) ON DELETE CASCADE,
  published INTEGER NOT NULL,
  bytes     INTEGER NOT NULL,
  skipped   INTEGER NOT NULL,
  tables    TEXT NOT NULL
) STRICT;
