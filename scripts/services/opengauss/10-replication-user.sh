#!/bin/bash
# Run once by the openGauss image's entrypoint when its data folder is empty (/docker-entrypoint-initdb.d), as user omm, with the
# server up on its local socket (which needs no password).
#
# The image itself appends `wal_level = logical` and `host all all 0.0.0.0/0` rules. What is missing for logical replication is a
# role of our own with its rights, the heartbeat table, and a pg_hba line: openGauss admits a walsender only by a line whose
# database is the word `replication`. docs/opengauss.md explains each.
set -e
: "${GAUSSCAST_DB_USER:=gausscast}"
: "${GAUSSCAST_DB_PASSWORD:?set GAUSSCAST_DB_PASSWORD}"
: "${PGDATA:=/var/lib/opengauss/data}"

gsql -v ON_ERROR_STOP=1 -U omm -d postgres -p "${GS_PORT:-5432}" <<SQL
CREATE USER "$GAUSSCAST_DB_USER" WITH LOGIN REPLICATION PASSWORD '$GAUSSCAST_DB_PASSWORD';
CREATE DATABASE shop OWNER "$GAUSSCAST_DB_USER" ENCODING 'UTF8';
SQL

# Schema public belongs to the initial user in every database, whoever owns that. CREATE: to make tables from outside as this role.
gsql -v ON_ERROR_STOP=1 -U omm -d shop -p "${GS_PORT:-5432}" <<SQL
GRANT USAGE, CREATE ON SCHEMA public TO "$GAUSSCAST_DB_USER";
CREATE TABLE public.gausscast_heartbeat
  (slot varchar(64) PRIMARY KEY, beats bigint NOT NULL, beaten_at timestamp with time zone NOT NULL);
GRANT SELECT, INSERT, UPDATE ON public.gausscast_heartbeat TO "$GAUSSCAST_DB_USER";
SQL

# md5, as in the image's own lines: it sets password_encryption_type = 0, so only MD5 verifiers are stored.
echo "host replication $GAUSSCAST_DB_USER 0.0.0.0/0 md5" >> "$PGDATA/pg_hba.conf"
{
  echo "wal_level = logical"
  echo "max_replication_slots = 20"
  echo "max_wal_senders = 20"
} >> "$PGDATA/postgresql.conf"
