#!/usr/bin/env bash
# SPDX-License-Identifier: PostgreSQL
#
# Creates database fota in a private cluster and our schema in it, with one login per program:
#   load.sh DIR native|portable
# native:   CREATE EXTENSION fota; CALL fota.install();
# portable: the SQL file
# Both as fota_dba, who is no superuser but owns the database, as on a managed host.
# Logins: fe (front-ends), wk (worker), op (operator of tenant DEFAULT).
set -eu
FOTA_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$FOTA_TOP/packaging/cluster.sh"
dir=$1 profile=$2
cluster_env "$dir"
psql() { "$(cluster_bin "$dir")/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }

[ "$(psql -At -d postgres -c "SELECT count(*) FROM pg_database WHERE datname = 'fota'")" = 0 ] || exit 0
role() { [ "$(psql -At -d postgres -c "SELECT count(*) FROM pg_roles WHERE rolname = '$1'")" = 1 ] ||
	psql -d postgres -c "CREATE ROLE $1 LOGIN $2"; }
role fota_dba "NOSUPERUSER CREATEROLE CREATEDB"
# It has its name only when all is in it: a load that is cut short is begun again.
psql -d postgres -c "DROP DATABASE IF EXISTS fota_loading" -c "CREATE DATABASE fota_loading OWNER fota_dba"
export PGOPTIONS='-c client_min_messages=warning' PGUSER=fota_dba
if [ "$profile" = portable ]; then
	psql -d fota_loading -f "$FOTA_BUILD/sql/fota-portable--0.1.sql"
else
	psql -d fota_loading -c "CREATE EXTENSION fota" -c "CALL fota.install()"
fi
role fe "IN ROLE fota_frontend"
role wk "IN ROLE fota_worker"
role op "IN ROLE fota_operator"
psql -d fota_loading -c "INSERT INTO fota.member (role, tenant_id) VALUES ('op', 1)"
psql -d postgres -c "ALTER DATABASE fota_loading RENAME TO fota"
