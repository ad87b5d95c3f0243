"""The database roles of `config/roles.sql`, and the databases they use."""

from __future__ import annotations

from pathlib import Path

import psycopg2
from psycopg2.extensions import quote_ident

ROLES_SQL = Path(__file__).parent.with_name("roles.sql")


def bootstrap_roles(superuser_dsn: str, dbname: str, *, template: str | None = None) -> None:
    """Create the roles of roles.sql and the database `dbname` they use; idempotent.

    `template` names a database to copy when `dbname` is new; nobody may be connected to it.
    Safe to call from several processes at once.
    """
    maintenance = psycopg2.connect(superuser_dsn)
    maintenance.autocommit = True
    try:
        with maintenance.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(hashtext('bowline.bootstrap_roles'))")
            cursor.execute("select 1 from pg_database where datname = %s", [dbname])
            if cursor.fetchone() is None:
                command = f"create database {quote_ident(dbname, maintenance)}"
                if template:
                    command += f" template {quote_ident(template, maintenance)}"
                cursor.execute(command)
        target = psycopg2.connect(superuser_dsn, dbname=dbname)
        try:
            with target, target.cursor() as cursor:
                cursor.execute(ROLES_SQL.read_text())
        finally:
            target.close()
    finally:
        maintenance.close()


def drop_database(superuser_dsn: str, dbname: str) -> None:
    """Drop `dbname` with whatever is connected to it; harmless when it is not there."""
    connection = psycopg2.connect(superuser_dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"drop database if exists {quote_ident(dbname, connection)} with (force)"
            )
    finally:
        connection.close()
