"""Kinds of notifications that exist for one test."""

from collections.abc import Iterator

import pytest

from tenants.notifications.kinds import CHECKS, KINDS, Email, register_kind


@pytest.fixture(autouse=True)
def _kinds() -> Iterator[None]:
    """`test.told` (everybody, no mail), `test.mailed` (at once), `test.daily`, `test.urgent`,
    `test.costs` (those who see terms)."""
    kinds, checks = dict(KINDS), dict(CHECKS)
    register_kind("test.told", label="Told", group="Testing", email=Email.OFF)
    register_kind("test.mailed", label="Mailed", group="Mailing", email=Email.ONCE)
    register_kind("test.urgent", label="Urgent", group="Mailing", email=Email.ONCE, urgent=True)
    register_kind("test.daily", label="Daily", group="Digesting", email=Email.DAILY)
    register_kind("test.costs", label="Costs", group="Testing", permission="terms.view")
    yield
    KINDS.clear()
    KINDS.update(kinds)
    CHECKS.clear()
    CHECKS.update(checks)
