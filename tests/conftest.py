"""Fixtures of every test: the database as the app's own role, and a company with its people."""

import gc
import os
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, transaction
from django.test import Client
from hypothesis import HealthCheck, settings

from config.embedded import bootstrap_roles, drop_database
from tenants.isolation import tenant
from tenants.jobs import ticking
from tests import template
from tests.api_client import ApiClient, key_of
from tests.factories import Company, make_company
from tests.servers import SUPERUSER_DSN

pytest_plugins = ["tests.browser.site"]

gc.freeze()  # what is imported by now stays; looking through it again and again takes time
gc.set_threshold(50_000, 20, 50)

# how long a machine takes for an example says nothing of the rule
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

KEPT = {"django_migrations", "django_content_type", "auth_permission"}


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, worker_id: str) -> Iterator[None]:
    """One migrated database per worker, used through the four roles, never as superuser."""
    dsn = os.environ[SUPERUSER_DSN]
    name = f"bowline_{worker_id}"
    with django_db_blocker.unblock():
        template.make_template(dsn)
        bootstrap_roles(dsn, name, template=template.NAME)
        template.use_database(name)
        yield
        connections.close_all()
    drop_database(dsn, name)


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """`gw0`, `gw1`… under pytest-xdist, else `main`."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(autouse=True)
def _own_cache() -> Iterator[None]:
    """Rate limits and cached sessions of one test never reach the next."""
    yield
    cache.clear()


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database in which tests commit: for threads, workers, deferred triggers, browsers.

    Afterwards the owner empties every table: the app itself may not TRUNCATE.
    """
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            for connection in connections.all(initialized_only=True):
                connection.close()
            empty_database()
            ticking._looked.clear()  # it recalls turns that were in those tables


def empty_database() -> None:
    """Empty every table but Django's own lists.

    As the server's superuser with triggers and foreign keys off: deleting the few rows of the
    dozen tables that a test fills takes a tenth of the time of a TRUNCATE of all fifty.
    """
    name = connections["default"].settings_dict["NAME"]
    superuser = psycopg2.connect(os.environ[SUPERUSER_DSN], dbname=name)
    with superuser, superuser.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        tables = [f'"{row[0]}"' for row in cursor.fetchall() if row[0] not in KEPT]
        filled = [f"select '{table}' where exists (select from {table})" for table in tables]
        cursor.execute(" union all ".join(filled))
        for (table,) in cursor.fetchall():
            cursor.execute(f"delete from {table}")
    superuser.close()


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One transaction that all tests of a module share and none ends; each undoes what it did.

    For modules of hundreds of small cases: making a company anew for each takes as long as the
    case itself. Requests leave the connection open, or the transaction would be lost with it.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    whole = transaction.atomic()
    whole._from_testcase = True  # type: ignore[attr-defined]  # as in Django's own TestCase
    with django_db_blocker.unblock(), whole:
        yield
        transaction.set_rollback(True)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def company(db: None) -> Company:
    """Northwind with one member of each role, all named after it (company.cto, …)."""
    return make_company("northwind")


@pytest.fixture
def other_company(db: None) -> Company:
    """A second company whose rows nobody of the first may ever see."""
    return make_company("contoso")


@pytest.fixture
def inside(company: Company) -> Iterator[Company]:
    """The test runs inside `with tenant(company.id)`."""
    with tenant(company.id):
        yield company


@pytest.fixture
def sign_in() -> Callable[[Any], Client]:
    """`sign_in(member)` answers a browser session of that member's login."""

    def as_member(member: Any) -> Client:
        client = Client()
        client.force_login(
            member.user, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        return client

    return as_member


@pytest.fixture
def api() -> Callable[[Any], ApiClient]:
    """`api(member)` answers a client of the API with a key of that member."""
    return lambda member: ApiClient(key_of(member))
