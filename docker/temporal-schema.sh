#!/bin/sh
# Brings the schemas of Temporal's two databases forward. temporal-sql-tool reads SQL_PLUGIN, SQL_HOST, SQL_PORT,
# SQL_USER and SQL_PASSWORD. Every step may find its work done already: `create` and `setup-schema` then fail, the
# update must succeed.
set -eu
for database in temporal temporal_visibility; do
  case $database in
    temporal) schema=temporal ;;
    *) schema=visibility ;;
  esac
  temporal-sql-tool --db "$database" create || echo "$database is there already"
  temporal-sql-tool --db "$database" setup-schema --version 0.0 || echo "$database has a schema already"
  temporal-sql-tool --db "$database" update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done
