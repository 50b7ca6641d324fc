#!/bin/sh
# Makes QMT's database and its two roles in a new PostgreSQL: one owns and migrates the tables, the other runs the
# service and is bound by row-level security.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres \
    --set owner_password="$QMT_OWNER_PASSWORD" --set app_password="$QMT_APP_PASSWORD" <<'SQL'
CREATE ROLE qmt_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE qmt_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE PASSWORD :'app_password';
CREATE DATABASE qmt OWNER qmt_owner TEMPLATE template0 ENCODING 'UTF8';
SQL
