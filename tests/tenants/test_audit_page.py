"""The trail as people read it: newest first, filtered, by cursor, in words, as CSV."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from tenants import audit, services
from tenants.audit.export import safe_cell
from tenants.audit.words import Change, changes_in_words, sentence
from tenants.isolation import tenant, uuid7
from tenants.models import AuditEvent
from tests.factories import BOWLINE, Company

SignIn = Callable[[Any], Client]


@pytest.fixture
def page(sign_in: SignIn, company: Company) -> Callable[..., Any]:
    """`page(person=…)` answers the trail's page to the observer."""
    client = sign_in(company.observer)
    return lambda **query: client.get(f"/t/{company.slug}/audit/", query)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def happen(company: Company, verb: str, **fields: Any) -> AuditEvent:
    with tenant(company.id):
        return audit.record(actor=fields.pop("actor", company.cto), verb=verb, **fields)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("admin", 200), ("executive", 200), ("observer", 200),
        ("cto", 403), ("finance", 403), ("board", 403), ("team", 403),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["", "export.csv"])
def test_roles_that_may_read_the_trail(
    sign_in: SignIn, company: Company, role: str, status: int, name: str
) -> None:
    response = sign_in(company.member(role)).get(f"/t/{company.slug}/audit/{name}")
    if response.streaming:
        response.getvalue()  # to the end, which ends the transaction
    assert response.status_code == status


def test_newest_first_with_before_and_after_in_words(
    page: Callable[..., Any], company: Company
) -> None:
    with tenant(company.id):
        services.member_set_roles(member=company.team, actor=company.admin, roles=["team", "board"])
    happen(company, "kpi.target_set", target=company.tenant, changes={"target": ["99.8", "99.9"]})
    text = text_of(page())
    newest = text.index("KPI target set")
    older = text.index("Member roles changed")
    assert newest < older
    assert "Target: 99.8" in text[newest:older]
    assert "99.9" in text[newest:older]
    assert "Roles: team" in text[older:]
    assert "board, team" in text[older:]
    assert company.admin.name in text[older:]


def test_empty_trail_and_empty_answer_say_so(page: Callable[..., Any], company: Company) -> None:
    text = text_of(page(record="nothing is called so"))
    assert "No event matches." in text
    assert "Show everything" in text


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ({"person": "cto"}, {"One", "Two"}, {"Three", "Four"}),
        ({"person": "bowline"}, {"Four"}, {"One", "Two", "Three"}),
        ({"verb": "thing.two"}, {"Two"}, {"One", "Three", "Four"}),
        ({"record": "Three of"}, {"Three"}, {"One", "Two", "Four"}),
        ({"from_on": "2026-03-09", "to_on": "2026-03-09"}, {"Two", "Three"}, {"One", "Four"}),
        ({"to_on": "2026-03-08"}, {"One"}, {"Two", "Three", "Four"}),
        ({"person": "cto", "from_on": "2026-03-09"}, {"Two"}, {"One", "Three", "Four"}),
    ],
)
def test_filters_narrow_and_combine(
    page: Callable[..., Any],
    company: Company,
    query: dict[str, str],
    shown: set[str],
    hidden: set[str],
) -> None:
    company.tenant.name = "Three of them"
    for at, verb, fields in (
        # the reader is in New York: the clocks went forward on Sunday 8 March
        ("2026-03-09T03:59:59Z", "thing.one", {}),
        ("2026-03-09T04:00:00Z", "thing.two", {}),
        ("2026-03-10T03:59:59Z", "thing.three", {"actor": company.admin, "target": company.tenant}),
        ("2026-03-10T04:00:00Z", "thing.four", {"actor": BOWLINE}),
    ):
        with time_machine.travel(at, tick=False):
            happen(company, verb, **fields)
    if query.get("person") == "cto":
        query = query | {"person": str(company.cto.pk)}
    text = text_of(page(**query))
    trail = text[text.index("Events that match") : text.index("Filter</h2>")]
    assert all(f"Thing {word.lower()}" in trail for word in shown)
    assert not any(f"Thing {word.lower()}" in trail for word in hidden)


def test_record_filter_takes_an_id(page: Callable[..., Any], company: Company) -> None:
    happen(company, "thing.aimed", target=company.board)
    happen(company, "thing.missed", target=company.team)
    text = text_of(page(record=str(company.board.pk)))
    trail = text[text.index("Events that match") : text.index("Filter</h2>")]
    assert "Thing aimed" in trail
    assert "Thing missed" not in trail


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"from_on": "tomorrow"}, 422),
        ({"from_on": "2026-02-30"}, 422),
        ({"from_on": "2026-02-02", "to_on": "2026-02-01"}, 422),
        ({"person": "nobody"}, 422),
        ({"verb": "no.such"}, 200),
        ({"verb": "x" * 200}, 422),
        ({"record": "a\x00b"}, 422),
        ({"record": "%_\\"}, 200),
        ({"before": "no id", "after": "none"}, 200),
        ({"before": str(uuid7())}, 200),
    ],
)
def test_odd_questions_get_an_answer_and_keep_the_input(
    page: Callable[..., Any], query: dict[str, str], status: int
) -> None:
    response = page(**query)
    assert response.status_code == status
    if status == 422 and "from_on" in query:
        assert query["from_on"] in text_of(response)


def test_person_of_another_company_is_an_unknown_person(
    page: Callable[..., Any], company: Company, other_company: Company
) -> None:
    for foreign in (other_company.cto.pk, uuid7()):
        response = page(person=str(foreign))
        assert response.status_code == 422
        assert other_company.cto.name not in text_of(response)


def test_cursors_walk_the_whole_trail_once_in_both_directions(
    page: Callable[..., Any], sign_in: SignIn, company: Company
) -> None:
    with tenant(company.id):
        for number in range(120):
            audit.record(actor=company.cto, verb=f"step.n{number:03}")
        numbers = [event.verb for event in AuditEvent.objects.order_by("-id")]
    client = sign_in(company.observer)

    def read(address: str) -> tuple[list[str], dict[str, str]]:
        html = client.get(f"/t/{company.slug}/audit/{address}").content.decode()
        links = {rel: href for href, rel in re.findall(r'href="(\?[^"]+)" rel="(\w+)"', html)}
        trail = html[html.index('class="trail"') : html.rindex("h-filter")]
        return re.findall(r"</span>: ([\w ]+)", trail), links

    seen, pages, address = [], [], ""
    while True:
        shown, links = read(address)
        seen += shown
        pages.append((shown, links))
        if "next" not in links:
            break
        address = links["next"]
        happen(company, "noise.meanwhile")  # newer events never push an older one around
    assert seen == [sentence(verb) for verb in numbers]
    assert [len(shown) for shown, _ in pages[:-1]] == [50] * (len(pages) - 1)
    assert len(pages) == 3
    assert read(pages[-1][1]["prev"])[0] == pages[-2][0]


@pytest.mark.parametrize("events", [1, 60])
def test_query_count_does_not_grow(
    sign_in: SignIn, company: Company, events: int, django_assert_num_queries: Any
) -> None:
    for number in range(events):
        happen(company, f"thing.n{number}", target=company.cto)
    client = sign_in(company.observer)
    client.get(f"/t/{company.slug}/audit/")
    # user, door, reader, people, verbs, events; and savepoint, tenant on, tenant off, release
    with django_assert_num_queries(8):
        client.get(f"/t/{company.slug}/audit/")


def rows(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))


def test_csv_holds_every_filtered_event_and_is_an_event_itself(
    sign_in: SignIn, company: Company
) -> None:
    with tenant(company.id):
        for number in range(2100):
            audit.record(actor=company.cto, verb="bulk.made", changes={"n": number})
    client = sign_in(company.admin)
    response = client.get(f"/t/{company.slug}/audit/export.csv", {"verb": "bulk.made"})
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    found = rows(response)
    assert len(found) == 2100
    assert found[0]["changes"] == '{"n": 2099}'
    assert found[0]["actor"] == company.cto.name
    with tenant(company.id):
        event = AuditEvent.objects.get(verb="audit.exported")
    assert (event.actor_id, event.changes) == (company.admin.pk, {"verb": "bulk.made"})


def test_csv_never_holds_a_formula(sign_in: SignIn, company: Company) -> None:
    company.tenant.name = '=HYPERLINK("http://x","y")'
    happen(company, "thing.renamed", target=company.tenant, changes={"a": "=1+1"})
    response = sign_in(company.admin).get(f"/t/{company.slug}/audit/export.csv")
    row = next(row for row in rows(response) if row["verb"] == "thing.renamed")
    assert row["target"] == '\'=HYPERLINK("http://x","y")'
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"), ("  =1", "'  =1"), ("＝1", "'＝1"), ("plain", "plain"), (None, ""),
        (7, "7"), ("a=b", "a=b"),
    ],
)  # fmt: skip
def test_cell_is_no_formula(value: Any, cell: str) -> None:
    assert safe_cell(value) == cell


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("member.roles_changed", "Member roles changed"),
        ("api_key.created", "API key created"),
        ("kpi.target_set", "KPI target set"),
        ("access.denied", "Access denied"),
    ],
)
def test_verb_reads_as_words(verb: str, words: str) -> None:
    assert sentence(verb) == words


@pytest.mark.parametrize(
    ("verb", "changes", "expected"),
    [
        ("a.changed", {"name": ["A", "B"]}, [Change("Name", "A", "B", True)]),
        ("a.changed", {"left_on": [None, "2026-01-02"]},
         [Change("Left on", "nothing", "2 Jan 2026", True)]),
        ("a.changed", {"code": ["2026-13-40", "2026-01-02 or so"]},
         [Change("Code", "2026-13-40", "2026-01-02 or so", True)]),
        ("a.changed", {"roles": [["cto"], ["cto", "board"]]},
         [Change("Roles", "cto", "cto, board", True)]),
        ("a.added", {"roles": ["cto", "board"]}, [Change("Roles", "", "cto, board", False)]),
        ("a.changed", {"is_open": [True, False]}, [Change("Is open", "yes", "no", True)]),
        ("a.happened", {"rows": 3, "po_number": ""},
         [Change("Rows", "", "3", False), Change("PO number", "", "nothing", False)]),
        ("a.happened", {"by_kind": {"new": 2}}, [Change("By kind", "", "new 2", False)]),
        ("a.happened", ["no", "dict"], []),
    ],
)  # fmt: skip
def test_changes_read_as_words(verb: str, changes: Any, expected: list[Change]) -> None:
    assert changes_in_words(verb, changes) == expected


def test_days_of_the_filter_are_the_readers_days(
    page: Callable[..., Any], company: Company
) -> None:
    with time_machine.travel("2026-07-01T02:00:00Z", tick=False):
        happen(company, "thing.late")  # still 30 June in New York
    assert "22:00 EDT" not in text_of(page(from_on="2026-07-01", to_on="2026-07-01"))
    assert "30 Jun, 22:00" in text_of(page(from_on="2026-06-30", to_on="2026-06-30"))
