"""The servers of a test run: a throw-away PostgreSQL and Valkey, shared by its worker processes."""

import atexit
import os

from config.embedded import EmbeddedPostgres, EmbeddedValkey, environment

SUPERUSER_DSN = "BOWLINE_TEST_SUPERUSER_DSN"


def start_servers() -> None:
    """Start both once, in the process that pytest was called in, and stop them at its end.

    Workers of pytest-xdist inherit the environment, so they find the servers running.
    """
    if SUPERUSER_DSN in os.environ:
        return
    postgres = EmbeddedPostgres(throwaway=True)
    valkey = EmbeddedValkey()
    postgres.start()
    atexit.register(postgres.stop)
    valkey.start()
    atexit.register(valkey.stop)
    os.environ |= environment(postgres, valkey)
    os.environ[SUPERUSER_DSN] = postgres.superuser_dsn()
