"""PostgreSQL 18 and Valkey from wheels, for development and tests; production brings its own.

PostgreSQL listens on a socket in a private directory only, Valkey on a free port of the loopback
address with a random password. Both end with the process that started them, even when that is
killed. Each trouble is one `EmbeddedError` whose text is one line for a person.
"""

from config.embedded.postgres import DATABASE, EmbeddedPostgres
from config.embedded.processes import EmbeddedError, die_with_parent
from config.embedded.roles import bootstrap_roles, drop_database
from config.embedded.valkey import EmbeddedValkey

__all__ = [
    "DATABASE",
    "EmbeddedError",
    "EmbeddedPostgres",
    "EmbeddedValkey",
    "bootstrap_roles",
    "die_with_parent",
    "drop_database",
    "environment",
]


def environment(postgres: EmbeddedPostgres | None, valkey: EmbeddedValkey | None) -> dict[str, str]:
    """The environment variables with which the settings use these servers."""
    found: dict[str, str] = {}
    if postgres is not None:
        found |= {
            "DATABASE_URL": postgres.url("bowline_app"),
            "MIGRATE_DATABASE_URL": postgres.url("bowline_migrate"),
            "TICK_DATABASE_URL": postgres.url("bowline_tick"),
            "EXPORT_DATABASE_URL": postgres.url("bowline_export"),
            "PREPARED_STATEMENTS": "1",  # straight to the server, no pooler between
        }
    if valkey is not None:
        found["REDIS_URL"] = valkey.url
    return found
