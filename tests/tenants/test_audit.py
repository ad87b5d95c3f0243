"""The chain: append-only, without gaps, in commit order; every tampering is found and named."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, connections, transaction

from tenants import audit
from tenants.audit.verify import verify
from tenants.isolation import tenant
from tenants.models import AuditEvent, AuditHead
from tests.factories import BOWLINE, Company, make_company


@pytest.fixture
def here(committed_db: None) -> Company:
    return make_company("northwind")


@pytest.fixture
def there(here: Company) -> Company:
    return make_company("contoso")


@pytest.fixture
def trail(here: Company) -> list[Any]:
    """Ten more events, one a transaction, oldest first."""
    for number in range(10):
        happen(here, f"thing.n{number}")
    with tenant(here.id):
        return list(AuditEvent.objects.order_by("seq"))


@pytest.fixture
def owner(here: Company) -> Iterator[Any]:
    """The owner's cursor with the triggers off: what someone with the keys to the server can do."""
    with connections["migrate"].cursor() as cursor:
        cursor.execute("alter table tenants_auditevent disable trigger user")
        try:
            yield cursor
        finally:
            cursor.execute("alter table tenants_auditevent enable trigger user")


def happen(company: Company, verb: str) -> Any:
    with tenant(company.id):
        return audit.record(actor=BOWLINE, verb=verb, changes={"a": [1, {"b": "ü"}]})


def verdict(company: Company) -> Any:
    with tenant(company.id):
        return verify()


def seqs(company: Company) -> list[int]:
    with tenant(company.id):
        return list(AuditEvent.objects.order_by("seq").values_list("seq", flat=True))


@pytest.mark.parametrize(
    "statement",
    [
        "update tenants_auditevent set verb = 'x'",
        "delete from tenants_auditevent",
        "truncate tenants_auditevent",
        "update tenants_audithead set seq = 0",
        "delete from tenants_audithead",
        "insert into tenants_audithead (tenant_id, seq, hash) values (bowline.tenant(), 0, '')",
        "alter table tenants_auditevent disable trigger all",
        "set session_replication_role = replica",
        "drop trigger audit_seal on tenants_auditevent",
        "select bowline.audit_seal()",
    ],
)
def test_app_can_only_append(inside: Company, statement: str) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        connection.cursor().execute(statement)


def test_trigger_stops_even_the_owner(here: Company) -> None:
    with connections["migrate"].cursor() as cursor:
        for statement in (
            "update tenants_auditevent set verb = 'x'",
            "delete from tenants_auditevent",
        ):
            with pytest.raises(ProgrammingError, match="append-only"):
                cursor.execute(statement)


def test_app_cannot_choose_its_place_in_the_chain(here: Company) -> None:
    with tenant(here.id):
        AuditEvent.objects.create(
            actor_name="x", verb="x.y", seq=99, previous_hash=b"forged", hash=b"forged"
        )
    with tenant(here.id):
        event = AuditEvent.objects.get(verb="x.y")
    assert event.seq == max(seqs(here)) < 99
    assert bytes(event.hash) != b"forged"
    assert verdict(here).intact


def test_events_of_a_transaction_are_numbered_without_gaps(here: Company) -> None:
    before = len(seqs(here))
    with tenant(here.id):
        for number in range(5):
            audit.record(actor=BOWLINE, verb=f"thing.n{number}")
    assert seqs(here) == list(range(1, before + 6))
    assert verdict(here).events == before + 5


def test_rolled_back_savepoint_and_transaction_leave_no_gap(here: Company) -> None:
    before = len(seqs(here))
    with tenant(here.id):
        audit.record(actor=BOWLINE, verb="kept.one")
        with suppress(InterruptedError), transaction.atomic():
            audit.record(actor=BOWLINE, verb="lost.savepoint")
            raise InterruptedError
        audit.record(actor=BOWLINE, verb="kept.two")
    with suppress(InterruptedError), tenant(here.id):
        audit.record(actor=BOWLINE, verb="lost.transaction")
        raise InterruptedError
    assert seqs(here) == list(range(1, before + 3))
    assert verdict(here).intact


def test_chain_holds_under_threads(here: Company) -> None:
    threads, commits = 8, 12
    there = make_company("contoso")
    errors: list[BaseException] = []
    start = threading.Barrier(threads)

    def work(number: int) -> None:
        try:
            start.wait()
            for turn in range(commits):
                company = here if turn % 3 else there
                with suppress(InterruptedError), tenant(company.id):
                    audit.record(actor=BOWLINE, verb=f"t{number}.a")
                    audit.record(actor=BOWLINE, verb=f"t{number}.b")
                    if turn % 4 == 3:
                        raise InterruptedError
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    for company in (here, there):
        assert seqs(company) == list(range(1, len(seqs(company)) + 1))
        assert verdict(company).intact
    kept = [turn for turn in range(commits) if turn % 4 != 3]
    written = sum(2 for turn in kept if turn % 3) * threads
    with tenant(here.id):
        assert (
            AuditEvent.objects.filter(verb__startswith="t")
            .exclude(verb__startswith="tenant")
            .count()
            == written
        )


@pytest.mark.parametrize(
    ("tampering", "named", "problem"),
    [
        ("update tenants_auditevent set verb = 'x.y' where id = %(id)s", 0, "content was changed"),
        ("update tenants_auditevent set actor_name = '' where id = %(id)s", 0, "content was"),
        (
            "update tenants_auditevent set occurred_at = occurred_at + interval '1 us' "
            "where id = %(id)s",
            0,
            "content was changed",
        ),
        (
            "update tenants_auditevent set changes = "
            """'{"a": [2, {"b": "ü"}]}' where id = %(id)s""",
            0,
            "content was changed",
        ),
        ("update tenants_auditevent set request_id = 'r' where id = %(id)s", 0, "content was"),
        ("update tenants_auditevent set target_id = id where id = %(id)s", 0, "content was"),
        ("delete from tenants_auditevent where id = %(id)s", 1, "number is missing"),
        (
            "delete from tenants_auditevent where id = %(id)s; "
            "update tenants_auditevent set seq = seq - 1 where seq > %(seq)s",
            1,
            "its link to the event before is wrong",
        ),
        (
            "update tenants_auditevent set seq = -seq where seq in (%(seq)s, %(seq)s + 1); "
            "update tenants_auditevent set seq = 2 * %(seq)s + 1 + seq where seq < 0",
            None,
            "its link to the event before is wrong",
        ),
        (
            "insert into tenants_auditevent (id, tenant_id, occurred_at, actor_name, verb, "
            "target_type, target_label, changes, request_id, seq, previous_hash, hash) "
            "select uuidv7(), tenant_id, occurred_at, actor_name, verb, target_type, target_label, "
            "changes, request_id, (select max(seq) + 1 from tenants_auditevent), hash, hash "
            "from tenants_auditevent where id = %(id)s",
            None,
            "its link to the event before is wrong",
        ),
        (
            "insert into tenants_auditevent (id, tenant_id, occurred_at, actor_name, verb, "
            "target_type, target_label, changes, request_id) "
            "select uuidv7(), tenant_id, occurred_at, actor_name, verb, target_type, target_label, "
            "changes, request_id from tenants_auditevent where id = %(id)s",
            None,
            "is not sealed",
        ),
        ("delete from tenants_auditevent where seq > %(seq)s", None, "The trail ends at"),
        ("delete from tenants_auditevent", None, "The trail ends at"),
        ("update tenants_audithead set seq = seq + 1", None, "its head says"),
        ("update tenants_audithead set hash = 'x'", None, "its head says"),
        ("delete from tenants_audithead", None, "its head says"),
        (
            "delete from tenants_auditevent; delete from tenants_audithead",
            None,
            "even the company's creation is missing",
        ),
    ],
)
def test_tampering_is_found_and_named(
    here: Company, trail: list[Any], owner: Any, tampering: str, named: int | None, problem: str
) -> None:
    event = trail[-5]
    assert verdict(here).intact
    owner.execute(tampering, {"id": event.pk, "seq": event.seq})
    found = verdict(here)
    assert not found.intact
    assert problem in found.problem
    if named is not None:
        assert str(trail[-5 + named].pk) in found.problem


def test_rewritten_event_with_its_own_hash_redone_breaks_the_next_link(
    here: Company, trail: list[Any], owner: Any
) -> None:
    owner.execute("update tenants_auditevent set verb = 'x.y' where id = %s", [trail[-5].pk])
    owner.execute(
        "update tenants_auditevent set hash = bowline.audit_digest(previous_hash, seq, id, "
        "tenant_id, occurred_at, actor_id, actor_name, verb, target_type, target_id, "
        "target_label, changes, request_id) where id = %s",
        [trail[-5].pk],
    )
    assert str(trail[-4].pk) in verdict(here).problem


def test_verify_command_says_each_company_and_its_exit_code(
    there: Company, trail: list[Any], owner: Any, capsys: Any
) -> None:
    call_command("audit_verify")
    assert sorted(line.split(":")[0] for line in capsys.readouterr().out.splitlines()) == [
        "contoso",
        "northwind",
    ]
    owner.execute("update tenants_auditevent set verb = 'x.y' where id = %s", [trail[-1].pk])
    with pytest.raises(SystemExit) as exited:
        call_command("audit_verify")
    assert exited.value.code == 1
    out = capsys.readouterr().out
    assert f"({trail[-1].pk}): its content was changed." in out
    assert "contoso: " in out
    assert "intact" in out
    call_command("audit_verify", tenant="contoso")


def test_head_is_the_version_of_the_tenant(here: Company) -> None:
    with tenant(here.id):
        before = AuditHead.objects.get(tenant_id=here.id).seq
    happen(here, "thing.done")
    with tenant(here.id):
        assert AuditHead.objects.get(tenant_id=here.id).seq == before + 1


def test_trail_of_another_tenant_is_out_of_sight_and_reach(here: Company) -> None:
    there = make_company("contoso")
    with tenant(there.id):
        assert {e.tenant_id for e in AuditEvent.objects.all()} == {there.id}
        assert AuditHead.objects.count() == 1
        with pytest.raises(ProgrammingError), transaction.atomic():
            AuditEvent.objects.create(tenant_id=here.id, actor_name="x", verb="x.y")
