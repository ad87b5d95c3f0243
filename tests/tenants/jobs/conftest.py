"""Kinds of jobs that exist for one test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tenants.jobs.claims import QUICK
from tenants.jobs.registry import DUE_SOURCES, KINDS, job
from tests.factories import Company, make_company

RegisterKind = Callable[..., Any]


@pytest.fixture
def kind() -> Iterator[RegisterKind]:
    """`kind("test.mail", handler, queue=…)` registers a kind until the test ends."""
    kinds, sources = dict(KINDS), dict(DUE_SOURCES)

    def register(name: str, handler: Callable[..., Any], **limits: Any) -> None:
        job(name, **limits)(handler)

    yield register
    QUICK.clear()
    KINDS.clear()
    KINDS.update(kinds)
    DUE_SOURCES.clear()
    DUE_SOURCES.update(sources)


@pytest.fixture
def northwind(committed_db: None) -> Company:
    """A company whose rows are committed, so that workers see them."""
    return make_company("northwind")


@pytest.fixture
def contoso(committed_db: None) -> Company:
    """Another one."""
    return make_company("contoso")
