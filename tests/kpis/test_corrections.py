"""Correcting a measurement: the right numbers in its place, once, with a reason, and for good."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from kpis.models import PARTS, Kpi, Mark, Measurement
from kpis.services.definitions import kpi_update
from kpis.services.measurements import measurement_correct, measurement_delete
from tenants.errors import Denied, DomainError, Invalid, NotFound, StaleVersion, WrongState
from tenants.isolation import tenant, uuid7
from tenants.models import AuditEvent
from tenants.permissions import Role
from tests.api_client import ApiClient
from tests.factories import BOWLINE, Company
from tests.kpis.factories import make_kpi, measure, rolled_up, stored, the_only
from tests.kpis.pages import BASE, NOW, cycle_time, text_of
from tests.kpis.test_imports import TIME_AND_VALUE, counts, take
from tests.kpis.test_pages import queries_of

D = Decimal
CORRECT_QUERIES = 7
AT = "2026-03-02T15:00:00Z"
FILE = "time,ms\n2026-03-02T15:00:00Z,5\n2026-03-02T15:00:00Z,1\n2026-03-03T15:00:00Z,2\n"


def correct(kpi: Kpi, row: Measurement, *, reason: str = "Misread", **facts: Any) -> bool:
    """Correct it; answers whether it changed. `facts` are numbers, or the service's others."""
    actor, if_version = facts.pop("actor", BOWLINE), facts.pop("if_version", None)
    return measurement_correct(
        kpi=kpi,
        actor=actor,
        measurement_id=row.id,
        changes=facts,
        reason=reason,
        if_version=if_version,
    )[1]


@pytest.mark.parametrize("aggregation", ["sum", "p95"])
def test_figure_follows_in_every_period_and_the_trail_keeps_both(
    inside: Company, aggregation: str
) -> None:
    kpi = make_kpi(aggregation)
    measure(kpi, (AT, "50"))
    rolled_up(kpi)
    row = the_only(kpi)
    assert correct(kpi, row, value="5.0", reason=" A zero too many ") is True
    assert rolled_up(kpi) == {"2026-03-02": 5}
    assert stored(kpi, "week") == {"2026-03-02": 5}
    assert stored(kpi, "year") == {"2026-01-01": 5}
    after = the_only(kpi)
    assert (after.id, after.observed_at, after.source) == (row.id, row.observed_at, row.source)
    assert after.corrected_at is not None
    event = AuditEvent.objects.get(verb="kpi.measurement_corrected")
    assert event.changes == {
        "measurement": str(row.id),
        "observed_at": AT,
        "value": ["50", "5.0"],
        "external_id": None,
        "reason": "A zero too many",
    }


def test_repeat_changes_nothing(inside: Company) -> None:
    kpi = make_kpi("sum")
    measure(kpi, (AT, 50))
    row = the_only(kpi)
    assert correct(kpi, row, value=5, if_version=row.version) is True
    rolled_up(kpi)
    assert correct(kpi, row, value="5.00", if_version=row.version) is False, "sent twice"
    assert Mark.objects.count() == 0
    assert AuditEvent.objects.filter(verb="kpi.measurement_corrected").count() == 1


def test_imported_again_it_is_neither_doubled_nor_wrong_again(inside: Company) -> None:
    kpi = make_kpi("sum")
    take(kpi, FILE, TIME_AND_VALUE)
    correct(kpi, Measurement.objects.get(value=5), value=3)
    correct(kpi, Measurement.objects.get(value=1), value=5)  # the other row of that second
    assert counts(take(kpi, FILE, TIME_AND_VALUE)) == (3, 0, 3, 0)
    assert rolled_up(kpi) == {"2026-03-02": 8, "2026-03-03": 2}


def test_row_that_was_taken_back_comes_again_with_its_file(inside: Company) -> None:
    kpi = make_kpi("sum")
    take(kpi, FILE, TIME_AND_VALUE)
    measurement_delete(kpi=kpi, actor=BOWLINE, measurement_id=Measurement.objects.get(value=5).id)
    assert counts(take(kpi, FILE, TIME_AND_VALUE)) == (3, 1, 2, 0)
    assert rolled_up(kpi)["2026-03-02"] == 6


@pytest.mark.parametrize(
    ("aggregation", "sent", "changes", "parts"),
    [
        ("mean", {"value": 1}, {"value": "2.5"}, (D("2.5"), None, None, None)),
        ("count", {"value": 7}, {"value": None}, (1, None, None, None)),
        ("weighted_mean", {"value": 1, "weight": 3}, {"value": 2}, (2, None, None, 3)),
        ("weighted_mean", {"value": 1, "weight": 3}, {"weight": None}, (1, None, None, None)),
        ("ratio", {"numerator": 1, "denominator": 4}, {"numerator": 3}, (None, 3, 4, None)),
        ("ratio", {"numerator": 1, "denominator": 4}, {"denominator": 5}, (None, 1, 5, None)),
        ("ratio", {"numerator": 1, "denominator": 4}, {"value": 0}, (None, 0, 1, None)),
    ],
)
def test_what_is_left_out_stays(
    inside: Company, aggregation: str, sent: Any, changes: Any, parts: Any
) -> None:
    kpi = make_kpi(aggregation)
    measure(kpi, {"observed_at": AT} | sent)
    assert correct(kpi, the_only(kpi), **changes) is True
    assert the_only(kpi).parts == parts


@pytest.mark.parametrize(
    ("aggregation", "changes", "field"),
    [
        ("mean", {"value": None}, "value"),
        ("mean", {"value": "1,5"}, "value"),
        ("mean", {"value": True}, "value"),
        ("mean", {"weight": -1}, "weight"),
        ("mean", {"numerator": 1}, "numerator"),
        ("ratio", {"denominator": 0}, "denominator"),
        ("ratio", {"numerator": None}, "numerator"),
        ("ratio", {"value": 1, "numerator": 1}, "denominator"),
        ("mean", {"observed_at": AT}, "observed_at"),
        ("mean", {"value": 2, "reason": " "}, "reason"),
        ("mean", {"value": 2, "reason": "x" * 501}, "reason"),
        ("mean", {"value": 2, "reason": "\x00"}, "reason"),
    ],
)
def test_wrong_correction_is_refused_in_its_place(
    inside: Company, aggregation: str, changes: Any, field: str
) -> None:
    kpi = make_kpi(aggregation)
    measure(kpi, {"observed_at": AT, "value": 1})
    before = the_only(kpi)
    with pytest.raises(Invalid) as refused:
        correct(kpi, before, **changes)
    assert field in refused.value.errors
    assert the_only(kpi).version == before.version


def test_version_is_another_after_each_change_and_after_a_way_back(inside: Company) -> None:
    kpi = make_kpi("sum")
    measure(kpi, (AT, 1))
    versions = [the_only(kpi).version]
    for value in (2, 1):
        correct(kpi, the_only(kpi), value=value, if_version=versions[-1])
        versions.append(the_only(kpi).version)
    measurement_delete(kpi=kpi, actor=BOWLINE, measurement_id=the_only(kpi).id)
    measure(kpi, (AT, 3))
    versions.append(the_only(kpi).version)
    assert len(set(versions)) == 4
    for old in versions[:3]:
        with pytest.raises(StaleVersion):
            correct(kpi, the_only(kpi), value=9, if_version=old)


def test_who_may_correct_and_when(inside: Company) -> None:
    kpi = make_kpi("sum")
    measure(kpi, (AT, 0))
    expected: dict[tuple[str, bool], Any] = {
        (role, used): Denied
        if role not in ("admin", "cto", "team")
        else None
        if used
        else WrongState
        for role in map(str, Role)
        for used in (True, False)
    }
    found: dict[tuple[str, bool], Any] = {}
    for used in (True, False):
        kpi = kpi_update(kpi=kpi, actor=BOWLINE, changes={"is_active": used})
        for number, role in enumerate(map(str, Role), start=1):
            found[role, used] = None
            try:
                correct(kpi, the_only(kpi), value=number, actor=inside.member(role))
            except DomainError as refused:
                found[role, used] = type(refused)
    assert found == expected


def test_measurement_that_is_gone_is_not_found(inside: Company) -> None:
    kpi, other = make_kpi("sum"), make_kpi("max")
    measure(kpi, (AT, 1))
    row = the_only(kpi)
    for figure in (other, kpi):
        if figure is kpi:
            measurement_delete(kpi=kpi, actor=BOWLINE, measurement_id=row.id)
        with pytest.raises(NotFound):
            correct(figure, row, value=2)


# ---- over the API ----


def test_correction_over_the_api(company: Company, api: Callable[[Any], ApiClient]) -> None:
    client = api(company.team)
    with tenant(company.id):
        path = f"/kpis/{make_kpi('sum').pk}/measurements/"
    sent = client.post(path, {"observed_at": AT, "value": 50, "external_id": "a"}).json()
    assert sent["corrected_at"] is None
    one = f"{path}{sent['id']}/"
    etag = client.get(one)["ETag"]
    assert client.get(one, If_None_Match=etag).status_code == 304
    right = {"value": 5, "reason": "A zero too many"}
    answer = client.patch(one, right, If_Match=etag)
    assert answer.status_code == 200
    assert answer.json() == sent | {"value": 5, "corrected_at": answer.json()["corrected_at"]}
    assert answer.json()["corrected_at"]
    assert answer["ETag"] == client.get(one)["ETag"] != etag
    assert client.patch(one, right, If_Match=etag).json() == answer.json(), "a repeat"
    assert client.patch(one, right | {"value": 6}, If_Match=etag).status_code == 412
    again = client.post(path, {"observed_at": AT, "value": 50, "external_id": "a"})
    assert (again.status_code, again.json()["value"]) == (200, 5)
    for body, field in (
        ({"value": 5}, "reason"),
        (right | {"value": "many"}, "value"),
        (right | {"series": "eu"}, "series"),
        (["value"], ""),
    ):
        refused = client.patch(one, body)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert client.patch(f"{path}{uuid7()}/", right).status_code == 404
    assert client.get(one).json() == answer.json()


# ---- on the page ----


@pytest.fixture
def kpi(company: Company) -> Kpi:
    with time_machine.travel(NOW, tick=False):
        return cycle_time(company)


def test_correction_on_the_page(
    company: Company, kpi: Kpi, sign_in: Callable[[Any], Client]
) -> None:
    with tenant(company.id):
        row = Measurement.objects.get(kpi_id=kpi.pk, value=6)
    one, sources = f"{BASE}cycle_days/measurement/{row.id}/correct/", f"{BASE}cycle_days/sources/"
    client, colleague = sign_in(company.team), sign_in(company.cto)
    assert f'href="{sources}#h-rows"' in text_of(client.get(f"{BASE}cycle_days/"))
    assert f'href="{sources}?day=2026-10-06#h-rows"' in text_of(
        client.get(f"{BASE}cycle_days/?period=day")
    )
    assert f'href="{one}"' in text_of(client.get(sources))
    assert one not in text_of(sign_in(company.board).get(sources))
    page = text_of(client.get(one))
    assert 'name="value" value="6"' in page
    assert queries_of(client, one) == CORRECT_QUERIES
    sent = {"value": "4", "reason": "Misread", "version": row.version}
    refused = client.post(one, sent | {"reason": " "})
    assert refused.status_code == 422
    assert 'name="value" value="4"' in text_of(refused), "what was typed is kept"
    with tenant(company.id):
        measure(kpi, *((f"2026-10-06T1{n}:00:00Z", "1") for n in range(2)))
    assert queries_of(client, one) == CORRECT_QUERIES, "however many there are of its day"
    for _ in range(2):  # two clicks
        answer = client.post(one, sent)
        assert answer["Location"] == f"{sources}?day=2026-10-06#h-rows"
    page = text_of(client.get(f"{sources}?day=2026-10-06"))
    assert "Measurement corrected." in page
    assert "The measurement says so already. Nothing changed." in page
    assert "By hand" not in page
    assert "API, corrected" in page
    stale = colleague.post(one, sent | {"value": "5"})
    assert stale.status_code == 422
    page = text_of(stale)
    assert "Somebody corrected this measurement since you read it." in page
    assert "It says now" in page
    assert "Open it as it is now" in page
    with tenant(company.id):
        assert Measurement.objects.get(kpi_id=kpi.pk, id=row.id).value == 4
        assert [getattr(row, name) for name in PARTS] == [6, None, None, None]


def test_day_of_more_than_a_hundred_measurements_is_paged(
    company: Company, sign_in: Callable[[Any], Client]
) -> None:
    with tenant(company.id):
        kpi = make_kpi("sum", key="probes")
        measure(kpi, *[(f"2026-03-02T15:{n // 60:02}:{n % 60:02}Z", 1) for n in range(101)])
        first = Measurement.objects.earliest("observed_at")
    client = sign_in(company.team)
    page = text_of(client.get(f"{BASE}probes/sources/?day=2026-03-02"))
    assert page.count("/correct/") == 100
    older = re.search(r'href="(\?day=2026-03-02&amp;below=[^"]+)"', page)
    assert older
    page = text_of(client.get(f"{BASE}probes/sources/{older[1].replace('&amp;', '&')}"))
    assert page.count("/correct/") == 1
    assert f"/{first.id}/correct/" in page
    assert 'href="?day=2026-03-02"' in page
