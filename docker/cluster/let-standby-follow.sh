#!/bin/sh
# Run once, by the postgres image, when its data folder is new. From the next start on, commits wait for the standby.
set -eu
echo 'host replication all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
psql --username=postgres --command="alter system set synchronous_standby_names = 'standby'"
