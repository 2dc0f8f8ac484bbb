#!/bin/sh
# Starts Postgres; as a standby of the host in FOLLOWS, if that is set and there is no data yet.
set -eu
if [ -n "${FOLLOWS:-}" ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chown postgres:postgres "$PGDATA"
  chmod 700 "$PGDATA"
  until gosu postgres pg_basebackup --pgdata="$PGDATA" --checkpoint=fast --write-recovery-conf \
    --dbname="host=$FOLLOWS user=postgres application_name=standby"; do
    echo "waiting for $FOLLOWS"
    sleep 2
  done
  # Once it is promoted, it has no standby of its own: commits must not wait for one until there is.
  echo "synchronous_standby_names = ''" >> "$PGDATA/postgresql.auto.conf"
fi
exec docker-entrypoint.sh postgres "$@"
