"""Django's migrate, as the role that may, followed by the grants on tables without a tenant."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections

from tenants.isolation.boot import require_migration_role
from tenants.isolation.global_tables import GLOBAL_TABLES


class Command(DjangoMigrate):
    """Migrates on the `migrate` alias; refuses a role that is itself under row level security."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="migrate")

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        require_migration_role(alias)
        with connections[alias].cursor() as cursor:
            # a migration waits for a lock only so long; meanwhile nobody queues behind it
            cursor.execute(
                "select set_config('lock_timeout', %s, false)", [settings.MIGRATE_LOCK_TIMEOUT]
            )
        super().handle(*args, **options)
        grant_global_tables(alias)


def grant_global_tables(alias: str) -> None:
    """Give bowline_app its rights on the tables without a tenant, no more than listed."""
    with connections[alias].cursor() as cursor:
        existing = set(connections[alias].introspection.table_names(cursor))
        for table, (rights, _reason) in GLOBAL_TABLES.items():
            if table in existing:
                cursor.execute(f'REVOKE ALL ON "{table}" FROM bowline_app')
                if rights:
                    cursor.execute(f'GRANT {rights} ON "{table}" TO bowline_app')
        cursor.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO bowline_app")
