"""Any walk through tenants, savepoints, errors and streams ends as isolated as it began.

A Hypothesis state machine drives one thread's connection as code may drive it, good or bad, and
after each step asks: only the current tenant's rows are seen, by ORM and by raw SQL, and outside
of every tenant there are none at all.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tenants.isolation import (
    NoTenant,
    TenantSwitch,
    context,
    current_tenant_id,
    tenant,
    tenant_or_none,
)
from tenants.models import ApiKey, Member
from tests.factories import Company, make_company

WHO = st.sampled_from(["one", "two", "three"])


class Walk(RuleBasedStateMachine):
    """`frames` are the contexts that stand open, innermost last: a tenant's id or a savepoint."""

    companies: dict[str, Company]

    @initialize()
    def begin(self) -> None:
        self.frames: list[tuple[str, Any]] = []
        self.inside: UUID | None = None
        self.broken = False  # an error or set_rollback left the innermost block unusable
        self.written = 0

    def teardown(self) -> None:
        while self.frames:
            self.leave(error=True)
        connection.close()

    # ---- going in and out ----

    @precondition(lambda self: not self.broken)
    @rule(who=WHO)
    def enter(self, who: str) -> None:
        """Into a tenant; into another one from inside is refused and changes nothing."""
        wanted = self.companies[who].id
        block = tenant(wanted)
        if self.inside not in (None, wanted):
            with pytest.raises(TenantSwitch):
                block.__enter__()
            return
        block.__enter__()
        self.frames.append(("tenant", (block, self.inside)))
        self.inside = wanted

    @precondition(lambda self: not self.broken)
    @rule()
    def open_savepoint(self) -> None:
        block = transaction.atomic()
        block.__enter__()
        self.frames.append(("atomic", (block, self.inside)))

    @precondition(lambda self: bool(self.frames))
    @rule(error=st.booleans())
    def leave(self, error: bool) -> None:
        """Out of the innermost block, orderly or by an exception that its caller catches."""
        _kind, (block, before) = self.frames.pop()
        fault = ValueError("caught further out")
        with suppress(ValueError):
            if error:
                block.__exit__(ValueError, fault, None)
            else:
                block.__exit__(None, None, None)
        self.inside = before
        self.broken = bool(self.frames) and connection.needs_rollback

    # ---- what code does inside ----

    @precondition(lambda self: self.inside is not None and not self.broken)
    @rule(many=st.integers(1, 3))
    def write(self, many: int) -> None:
        for _ in range(many):
            self.written += 1
            ApiKey.objects.create(
                name="walk", prefix=f"{id(self) % 9999}-{self.written}", secret_hash=b"x"
            )

    @precondition(lambda self: self.inside is not None and not self.broken)
    @rule(who=WHO)
    def write_for_another(self, who: str) -> None:
        """By ORM and by SQL, naming any tenant: only the current one's goes through."""
        wanted = self.companies[who].id
        self.written += 1
        row = {"name": "walk", "prefix": f"o{self.written}", "secret_hash": b"x"}
        try:
            with transaction.atomic():
                ApiKey.objects.create(tenant_id=wanted, **row)
        except ProgrammingError:
            assert wanted != self.inside
        else:
            assert wanted == self.inside

    @precondition(lambda self: self.inside is not None and not self.broken)
    @rule(who=WHO)
    def change_and_delete_of_another(self, who: str) -> None:
        """Statements that ask for no tenant touch nobody else's rows."""
        other = self.companies[who].id
        with connection.cursor() as cursor:
            cursor.execute(
                "update tenants_member set title = 'walked' where tenant_id = %s", [other]
            )
            assert (cursor.rowcount > 0) is (other == self.inside)
            cursor.execute("delete from tenants_apikey where tenant_id = %s", [other])
            assert other == self.inside or cursor.rowcount == 0

    @precondition(lambda self: self.inside is not None and not self.broken)
    @rule(caught=st.booleans())
    def integrity_error(self, caught: bool) -> None:
        """Caught in its own savepoint all goes on; uncaught the block can only be left."""
        row = {"name": "twice", "prefix": "twice", "secret_hash": b"x"}
        with suppress(IntegrityError), transaction.atomic() if caught else ExitStack():
            ApiKey.objects.create(**row)
            ApiKey.objects.create(**row)
        self.broken = not caught

    @precondition(lambda self: bool(self.frames) and not self.broken)
    @rule()
    def set_rollback(self) -> None:
        transaction.set_rollback(True)
        self.broken = True

    @precondition(lambda self: not self.frames)
    @rule(
        who=WHO, read=st.integers(0, 4), fail=st.booleans(), path=st.sampled_from(["s", "l", "f"])
    )
    def request(self, who: str, read: int, fail: bool, path: str) -> None:
        """A whole request of somebody on the same connection; a stream may be left unread."""
        company = self.companies[who]
        client = Client(raise_request_exception=False)
        client.force_login(
            company.cto.user, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        name = {"s": f"stream/{'?fail=1' if fail else ''}", "l": "lazy/", "f": "fail/m/database/"}
        response = client.get(f"/t/{company.slug}/test/{name[path]}")
        if response.streaming:
            pieces: Iterator[bytes] = iter(response.streaming_content)
            with suppress(ValueError):
                for _ in range(read):
                    text = next(pieces, b"").decode()
                    assert company.slug.title() in text or not text
                    assert not any(
                        c.slug.title() in text for c in self.companies.values() if c is not company
                    )
            response.close()
        assert connection.connection is None or not connection.in_atomic_block

    @precondition(lambda self: not self.frames)
    @rule()
    def new_connection(self) -> None:
        connection.close()

    # ---- what always holds ----

    @invariant()
    def context_is_what_was_entered(self) -> None:
        if not hasattr(self, "frames"):
            return
        assert tenant_or_none() == self.inside
        if self.inside is None:
            with pytest.raises(NoTenant):
                current_tenant_id()

    @invariant()
    def only_own_rows_are_seen(self) -> None:
        if not hasattr(self, "frames") or self.broken:
            return
        if self.inside is None:
            with pytest.raises(NoTenant):
                Member.objects.count()
            # what goes round the manager reaches the database, which refuses
            assert _is_refused(Member._base_manager.count)
            assert _is_refused(_raw_tenants)
            assert _setting() == ""
            return
        assert _raw_tenants() == {self.inside}
        assert set(Member._base_manager.values_list("tenant_id", flat=True)) == {self.inside}
        assert set(ApiKey._base_manager.values_list("tenant_id", flat=True)) <= {self.inside}
        assert _setting() == str(self.inside)

    @invariant()
    def nothing_stands_open_outside(self) -> None:
        if hasattr(self, "frames") and not self.frames:
            assert not connection.in_atomic_block


def _is_refused(ask: Callable[[], Any]) -> bool:
    try:
        with transaction.atomic():
            ask()
    except DatabaseError as error:
        return "no tenant is set" in str(error)
    return False


def _raw_tenants() -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("select tenant_id from tenants_member union select id from tenants_tenant")
        return {row[0] for row in cursor.fetchall()}


def _setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(current_setting('bowline.tenant', true), '')")
        return cursor.fetchone()[0]


@pytest.fixture
def walkers(committed_db: None) -> Iterator[None]:
    """Three companies to walk through; expected faults are not logged at length."""
    Walk.companies = {name: make_company(name) for name in ("one", "two", "three")}
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def walk(examples: int, steps: int) -> None:
    """Run the machine, the same walks each time."""
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.urls("tests.tenants.urls")
@pytest.mark.usefixtures("walkers")
def test_no_walk_leaks() -> None:
    walk(examples=25, steps=20)


@pytest.mark.usefixtures("walkers")
def test_walk_notices_a_context_that_forgets_to_clear_its_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The machine is no ornament: a tenant that outlives its block in a transaction is found."""
    honest = context._set

    def forgetful(using: str, value: str, *query: Any) -> Any:
        return honest(using, value, *query) if value else []

    monkeypatch.setattr(context, "_set", forgetful)
    machine = Walk()
    machine.begin()
    machine.open_savepoint()
    machine.enter("one")
    machine.leave(error=False)
    with pytest.raises(AssertionError):
        machine.only_own_rows_are_seen()
    machine.teardown()
