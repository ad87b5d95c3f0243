"""A process with a role that sees too much, or a migration with one that sees too little, stops."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connections

from tenants.isolation.boot import refuse_privileged_roles, require_migration_role

pytestmark = pytest.mark.usefixtures("committed_db")


@contextmanager
def role_of(alias: str, other: str) -> Iterator[None]:
    """The alias connects as another alias's role."""
    connection = connections[alias]
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(
        {key: connections[other].settings_dict[key] for key in ("USER", "PASSWORD")}
    )
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)


def test_the_real_roles_pass() -> None:
    refuse_privileged_roles()
    require_migration_role("migrate")


@pytest.mark.parametrize("alias", ["default", "tick", "export"])
def test_role_that_sees_past_row_security_is_refused(alias: str) -> None:
    with (
        role_of(alias, "migrate"),
        pytest.raises(
            ImproperlyConfigured, match=r"bowline_migrate.*tenants would not be isolated"
        ),
    ):
        refuse_privileged_roles()


def test_superuser_is_refused() -> None:
    connection = connections["default"]
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update({"USER": _superuser(), "PASSWORD": ""})
    try:
        with pytest.raises(ImproperlyConfigured, match="superuser"):
            refuse_privileged_roles()
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)


@pytest.mark.parametrize("alias", ["default", "tick", "export"])
def test_migrating_as_a_role_under_row_security_is_refused(alias: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="would change 0 rows"):
        call_command("migrate", database=alias, verbosity=0)


@pytest.mark.parametrize("module", ["config.wsgi", "config.celery"])
def test_web_and_workers_do_not_start_with_the_owners_role(module: str) -> None:
    done = _start(module, "MIGRATE_DATABASE_URL")
    assert done.returncode != 0
    assert "tenants would not be isolated" in done.stderr


@pytest.mark.parametrize("module", ["config.wsgi", "config.celery"])
def test_web_and_workers_start_with_the_apps_role(module: str) -> None:
    done = _start(module, "DATABASE_URL")
    assert done.returncode == 0, done.stderr


def _superuser() -> str:
    with connections["migrate"].cursor() as cursor:
        cursor.execute("select rolname from pg_roles where rolsuper order by oid limit 1")
        return cursor.fetchone()[0]


def _start(module: str, role: str) -> subprocess.CompletedProcess[str]:
    """Import what a server process starts with, in a process of its own, as `role`."""
    name = connections["default"].settings_dict["NAME"]
    urls = {
        key: re.sub(r"@/[^?]*\?", f"@/{name}?", value)
        for key, value in os.environ.items()
        if key.endswith("DATABASE_URL")
    }
    urls["DATABASE_URL"] = urls[role]
    environment = {k: v for k, v in os.environ.items() if k != "PYTEST_VERSION"}
    environment |= urls | {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    code = (
        f"import {module} as module\n"
        "check = getattr(module, '_refuse_privileged_roles', None)\n"
        "if check: check()  # what the worker calls when it starts\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
