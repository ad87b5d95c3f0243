"""Pages of the roadmap, as each role sees and uses them."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from engagements import services
from engagements.models import (
    ImpactWeights,
    Initiative,
    Milestone,
    Prioritisation,
    RoadmapSettings,
    TimeEntry,
)
from tenants.isolation import tenant
from tenants.permissions import Role
from tests.engagements.builders import D, log, make_engagement
from tests.engagements.roadmap_builders import make_initiative, make_weights
from tests.factories import Company

SignIn = Callable[[Any], Client]
BASE = "/t/northwind/initiatives/"
SHELL = 5  # the tests of the engagement's pages say what they are
BODY = {
    "title": "SOC 2 readiness",
    "expected_result": "Opens 4 deals",
    "business_value": "5",
    "resource_demand": "4",
    "timeline": "3",
    "risk": "2",
    "horizon": "long",
    "owner": "",
    "due_on": "2026-12-15",
    "budget_amount": "64000",
}
WEIGHTS = {
    "effective_on": "2026-10-15",
    "business_value": "70",
    "resource_demand": "10",
    "timeline": "10",
    "risk": "10",
    "high_from": "3.7",
    "medium_from": "2.5",
    "reason": "Revenue first",
}


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().replace("\xa0", " ").split())


@pytest.fixture
def made(company: Company) -> Initiative:
    with tenant(company.id):
        return make_initiative(company, owner=company.team, due_on=D(2026, 11, 13))


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_each_role_sees_the_roadmap_and_its_own_buttons(
    company: Company, made: Initiative, sign_in: SignIn, role: str
) -> None:
    client = sign_in(company.member(role))
    leads = role in ("admin", "executive", "cto")
    page = text_of(client.get(BASE))
    assert "High impact" in page
    assert "drives revenue, removes urgent risk or cuts cost" in page
    assert ("New initiative" in page) == leads
    detail = text_of(client.get(f"{BASE}{made.pk}/"))
    assert ("Mark as reached" in detail) is False
    assert ("How it goes" in detail) == (leads or role == "team")  # the team's member owns it
    assert ("CTO hours" in detail) == (role != "team")
    assert "so 4.2 of 5: high from 3.7." in detail
    assert client.post(f"{BASE}new/", BODY).status_code == (303 if leads else 403)
    weigh = client.post(f"{BASE}weights/", WEIGHTS).status_code
    assert weigh == (303 if role in ("admin", "executive") else 403)


def test_empty_roadmap_says_who_begins(company: Company, sign_in: SignIn) -> None:
    assert "Add the first initiative" in text_of(sign_in(company.cto).get(BASE))
    assert "adds them" in text_of(sign_in(company.team).get(BASE))
    for path in ("portfolio/", "reviews/", "reviews/new/", "weights/"):
        assert sign_in(company.cto).get(BASE + path).status_code == 200


def test_initiative_is_added_changed_and_refused_with_its_input_kept(
    company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.cto)
    refused = client.post(f"{BASE}new/", BODY | {"starts_on": "2027-01-01"})
    assert refused.status_code == 422
    assert "This is before the start" in text_of(refused)
    assert 'value="SOC 2 readiness"' in refused.content.decode()
    assert client.post(f"{BASE}new/", BODY).status_code == 303
    with tenant(company.id):
        row = Initiative.objects.get()
    assert (row.horizon, str(row.budget_amount), row.currency) == ("long", "64000.00", "USD")
    page = client.get(f"{BASE}{row.pk}/edit/")
    assert page.status_code == 200
    assert client.post(f"{BASE}{row.pk}/edit/", BODY | {"risk": "5"}).status_code == 303
    with tenant(company.id):
        assert Initiative.objects.get().risk == 5


def test_progress_and_milestones_by_their_forms(
    company: Company, made: Initiative, sign_in: SignIn
) -> None:
    owner = sign_in(company.team)
    address = f"{BASE}{made.pk}/"
    sent = owner.post(f"{address}progress/", {"status": "on_track", "progress_percent": "40"})
    assert sent.status_code == 303
    wrong = owner.post(f"{address}progress/", {"status": "on_track", "progress_percent": "140"})
    assert wrong.status_code == 422
    assert owner.post(f"{address}milestones/", {"title": "Pilot"}).status_code == 303
    assert owner.post(f"{address}milestones/", {"title": ""}).status_code == 422
    with tenant(company.id):
        step = Milestone.objects.get()
    tick = f"{BASE}milestones/{step.pk}/"
    for done in ("1", "1", "0"):
        assert owner.post(tick, {"done": done}).status_code == 303
    with tenant(company.id):
        assert not Milestone.objects.get().is_done
        others = make_initiative(company, title="Theirs")
    refused = owner.post(
        f"{BASE}{others.pk}/progress/", {"status": "on_track", "progress_percent": "1"}
    )
    assert refused.status_code == 403
    assert owner.post(tick, {"delete": "1"}).status_code == 303
    assert owner.post(tick, {"delete": "1"}).status_code == 404


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Robots", "Alerts", "Polish"]),
        ("?sort=title", ["Robots", "Alerts", "Polish"]),
        ("?impact=high", ["Robots"]),
        ("?status=all", ["Robots", "Over", "Alerts", "Polish"]),
        ("?status=done", ["Over"]),
        ("?horizon=long", ["Polish"]),
        ("?q=ROB", ["Robots"]),
        ("?q=nothing", []),
    ],
)
def test_list_and_file_show_what_the_filter_asks(
    company: Company, sign_in: SignIn, query: str, titles: list[str]
) -> None:
    with tenant(company.id):
        make_initiative(company, title="Polish", business_value=1, risk=5, horizon="long")
        make_initiative(company, title="Over", business_value=4, status="done")
        make_initiative(company, title="Alerts", business_value=3)
        make_initiative(company, title="Robots")
    client = sign_in(company.observer)
    answer = client.get(f"{BASE}export/{query}")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["title"] for row in rows] == titles
    page = client.get(BASE + query).content.decode()
    for title in ("Robots", "Over", "Alerts", "Polish"):
        assert (f">{title}</a>" in page) == (title in titles)
    assert client.get(f"{BASE}?status=no-such").status_code == 422


def test_file_holds_no_formula(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        make_initiative(company, title="=1+1")
    assert "'=1+1" in sign_in(company.cto).get(f"{BASE}export/").content.decode()


def test_weights_show_what_they_would_change_before_they_are_saved(
    company: Company, made: Initiative, sign_in: SignIn
) -> None:
    with tenant(company.id):
        make_initiative(company, title="Dear", business_value=4, resource_demand=5, risk=5)
    client = sign_in(company.executive)
    page = text_of(client.post(f"{BASE}weights/", WEIGHTS | {"preview": "1"}))
    assert "0 of 2 change their impact. Nothing is saved yet." in page
    page = text_of(
        client.post(
            f"{BASE}weights/", WEIGHTS | {"preview": "1", "medium_from": "3.2", "high_from": "3.3"}
        )
    )
    assert "1 of 2 change their impact" in page
    with tenant(company.id):
        assert not ImpactWeights.objects.exists()
    refused = client.post(f"{BASE}weights/", WEIGHTS | {"risk": "15"})
    assert refused.status_code == 422
    assert "Take 5 % away" in text_of(refused)
    assert client.post(f"{BASE}weights/", WEIGHTS).status_code == 303
    assert "Revenue first" in text_of(client.get(f"{BASE}weights/"))
    settings = {"review_every_months": "1", "short_target_percent": "50"}
    assert client.post(f"{BASE}settings/", settings).status_code == 303
    assert (
        client.post(f"{BASE}settings/", settings | {"review_every_months": "0"}).status_code == 422
    )
    with tenant(company.id):
        saved = RoadmapSettings.objects.get()
    assert (saved.review_every_months, saved.short_target_percent) == (1, 50)


def review_body(*rows: Initiative, **changes: str) -> dict[str, str]:
    body = {"note": "Quarter"}
    for row in rows:
        for name in ("business_value", "resource_demand", "timeline", "risk"):
            body[f"{name}_{row.pk}"] = body[f"seen_{name}_{row.pk}"] = str(getattr(row, name))
        body[f"reason_{row.pk}"] = ""
    return body | changes


def test_review_is_seen_then_recorded_and_compared(
    company: Company, made: Initiative, sign_in: SignIn
) -> None:
    with tenant(company.id):
        second = make_initiative(company, title="Second", business_value=4)
    client = sign_in(company.cto)
    address = f"{BASE}reviews/new/"
    assert "Self-service onboarding" in text_of(client.get(address))
    lower = {f"business_value_{made.pk}": "1"}
    seen = text_of(client.post(address, review_body(made, second, **lower) | {"preview": "1"}))
    assert "The new order" in seen
    assert "(was 2)" in seen
    refused = client.post(address, review_body(made, second, **lower))
    assert refused.status_code == 422
    assert "say why its scores change" in text_of(refused)
    why = {f"reason_{made.pk}": "No demand"}
    answer = client.post(address, review_body(made, second, **lower, **why))
    assert answer.status_code == 303
    page = text_of(client.get(answer["Location"]))
    assert "Value 5 → 1" in page
    assert "No demand" in page
    stale = client.post(address, review_body(made, second, **{f"risk_{made.pk}": "5"}, **why))
    assert stale.status_code == 422
    assert "changed meanwhile" in text_of(stale)
    with tenant(company.id):
        first = Prioritisation.objects.get()
        services.prioritisation_record(actor=company.cto, proposals={})
        latest = Prioritisation.objects.exclude(pk=first.pk).get()
    both = text_of(client.get(f"{BASE}reviews/{latest.pk}/?with={first.pk}"))
    assert "Rank 15 Oct" in both
    assert client.get(f"{BASE}reviews/{latest.pk}/?with={made.pk}").status_code == 404


def test_time_form_offers_open_initiatives_and_links_what_is_chosen(
    company: Company, made: Initiative, sign_in: SignIn
) -> None:
    with tenant(company.id):
        make_engagement(company)
        make_initiative(company, title="Over", status="done")
    client = sign_in(company.cto)
    page = client.get("/t/northwind/engagement/time/").content.decode()
    assert '<option value="Self-service onboarding">' in page
    assert '<option value="Over">' not in page
    entry = {"date": "2026-10-14", "minutes": "2", "category": "delivery", "note": ""}
    for typed in ("self-service ONBOARDING", "Something else"):
        sent = client.post("/t/northwind/engagement/time/", entry | {"initiative": typed})
        assert sent.status_code == 303
    with tenant(company.id):
        linked, named = TimeEntry.objects.order_by("id")
    assert (linked.linked_initiative_id, linked.initiative) == (made.pk, None)
    assert (named.linked_initiative_id, named.initiative) == (None, "Something else")
    assert "2 h" in text_of(client.get(f"{BASE}{made.pk}/"))
    edit = client.get(f"/t/northwind/engagement/time/{linked.pk}/edit/").content.decode()
    assert 'value="Self-service onboarding"' in edit
    month = text_of(client.get("/t/northwind/engagement/"))
    assert "Hours by initiative" in month
    assert "Something else" in month


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_read_a_fixed_number_of_queries(
    company: Company, sign_in: SignIn, rows: int, django_assert_num_queries: Any
) -> None:
    with tenant(company.id):
        engagement = make_engagement(company)
        for number in range(rows):
            row = make_initiative(company, title=f"No {number}", owner=company.team)
            services.milestone_add(initiative=row, actor=company.cto, title="Step")
            make_weights(company)
            services.prioritisation_record(actor=company.cto, proposals={})
            log(engagement, company, D(2026, 10, 14), initiative=str(row.pk))
    client = sign_in(company.cto)
    client.get(BASE)
    counts = {
        "": 4,
        "export/": 2,
        "portfolio/": 4,
        "weights/": 4,
        "reviews/": 2,
        "reviews/new/": 2,
        f"{row.pk}/": 5,
        f"{row.pk}/edit/": 2,
    }
    for path, count in counts.items():
        with django_assert_num_queries(SHELL + count):
            assert client.get(BASE + path).status_code == 200, path


def test_pages_of_another_company_are_not_there(
    company: Company, other_company: Company, made: Initiative, sign_in: SignIn
) -> None:
    client = sign_in(other_company.admin)
    foreign = "/t/contoso/initiatives/"
    for path in (f"{made.pk}/", f"{made.pk}/edit/"):
        assert client.get(foreign + path).status_code == 404
    for path in (f"{made.pk}/progress/", f"{made.pk}/milestones/", f"milestones/{made.pk}/"):
        assert client.post(foreign + path).status_code == 404
