"""Pages of the charter, absences, the integration plan, the people map and the tools."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from django.test import Client

from engagements import services
from engagements.models import (
    Charter,
    CommunicationTool,
    Engagement,
    IntegrationActivity,
    OffPeriod,
    Stakeholder,
)
from tenants.isolation import tenant
from tenants.permissions import Role
from tests.engagements.boundary_builders import D, away, draft, published
from tests.engagements.builders import make_engagement
from tests.factories import Company

SignIn = Callable[[Any], Client]
BASE = "/t/northwind/engagement/working/"
ROLES = [str(role) for role in Role]


@pytest.fixture
def running(company: Company) -> Engagement:
    with tenant(company.id):
        return make_engagement(company)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().replace("\xa0", " ").split())


class _Form(HTMLParser):
    """What a browser would send of the form that warns about unsaved text."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.inside = False
        self.select = self.area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name = has.get("name") or ""
        if tag == "form":
            self.inside = "data-dirty" in has
        if not self.inside:
            return
        if tag == "input" and name:
            self.sent[name] = has.get("value") or ""
        elif tag == "textarea":
            self.area = name
            self.sent[name] = ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and ("selected" in has or self.select not in self.sent):
            self.sent[self.select] = has.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""
        elif tag == "form":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.area:
            self.sent[self.area] += data


def fields_of(response: Any) -> dict[str, str]:
    """What a browser would send of the page's form as it is."""
    form = _Form()
    form.feed(response.content.decode())
    return form.sent


# ---- charter ----


def test_charter_begins_as_a_draft_is_published_and_acknowledged(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    cto, executive, team = (sign_in(m) for m in (company.cto, company.executive, company.team))
    assert "Start from the template" in text_of(cto.get(BASE))
    assert "Start from the template" not in text_of(team.get(BASE))
    assert cto.post(f"{BASE}draft/").status_code == 303
    page = cto.get(f"{BASE}edit/")
    assert "An executive or an admin publishes it" in text_of(page)
    sent = fields_of(page) | {"clause_coverage": "Aisha covers.", "amount_urgent": "2"}
    assert cto.post(f"{BASE}edit/", sent).status_code == 303
    with tenant(company.id):
        charter = Charter.objects.get()
    assert charter.text_of("coverage") == "Aisha covers."
    dates = {"effective_on": "2026-10-15", "review_on": "2027-04-15"}
    assert cto.post(f"{BASE}{charter.pk}/publish/", dates).status_code == 403
    answer = executive.post(f"{BASE}{charter.pk}/publish/", dates)
    assert answer.status_code == 303
    page = text_of(team.get(BASE))
    assert "2 working hours" in page
    assert "0 of 6" in page
    assert team.post(f"{BASE}{charter.pk}/acknowledge/").status_code == 303
    page = text_of(team.get(BASE))
    assert "You acknowledged it" in page
    assert "1 of 6" in page
    assert "Acknowledge version" not in text_of(sign_in(company.observer).get(BASE))


def test_draft_that_is_refused_keeps_what_was_typed(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        charter = draft(running, company)
    client = sign_in(company.cto)
    sent = fields_of(client.get(f"{BASE}edit/"))
    answer = client.post(f"{BASE}edit/", sent | {"step_2": "role:cto", "clause_coverage": "Kept"})
    assert answer.status_code == 422
    assert "Somebody stands on the path twice" in text_of(answer)
    assert "Kept" in text_of(answer)
    client = sign_in(company.admin)
    answer = client.post(
        f"{BASE}{charter.pk}/publish/", {"effective_on": "2026-01-01", "review_on": "2026-01-02"}
    )
    assert answer.status_code == 422
    assert "cannot begin before the engagement" in text_of(answer)


def test_preview_shows_what_was_typed_and_saves_nothing(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        charter = draft(running, company)
    client = sign_in(company.cto)
    sent = fields_of(client.get(f"{BASE}edit/")) | {"clause_escalation": "Ring the bell."}
    answer = client.post(f"{BASE}edit/", sent | {"preview": "1"}, headers={"HX-Request": "true"})
    page = text_of(answer)
    assert "Ring the bell." in page
    assert "<html" not in page
    with tenant(company.id):
        charter.refresh_from_db()
        assert charter.text_of("escalation") != "Ring the bell."


def test_two_versions_are_compared_word_by_word_and_the_old_one_stays_readable(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        published(running, company, clauses={"coverage": "Aisha covers on weekdays."})
        published(
            running,
            company,
            clauses={"coverage": "Jonas covers on weekdays."},
            deputy_from_days=3,
        )
    client = sign_in(company.observer)
    page = client.get(f"{BASE}changes/?from=1&to=2").content.decode()
    assert "<del>Aisha</del><ins>Jonas</ins> covers on weekdays." in page
    assert "<ins>from 3 days away on</ins>" in page
    assert "Aisha covers on weekdays." in text_of(client.get(f"{BASE}?version=1"))
    assert "This version was replaced." in text_of(client.get(f"{BASE}?version=1"))
    assert "Jonas covers" in text_of(client.get(f"{BASE}print/"))
    for address in ("?version=9", "changes/?from=x", "print/?version=0"):
        assert client.get(BASE + address).status_code == 404


def test_overdue_review_is_said_and_noted(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        charter = published(running, company)
    with time_machine.travel(dt.datetime(2027, 4, 3, 15, tzinfo=dt.UTC)):
        client = sign_in(company.cto)
        assert "The review is overdue." in text_of(client.get(BASE))
        address = f"{BASE}{charter.pk}/review/"
        assert client.post(address, {"review_on": "2027-04-02"}).status_code == 422
        assert client.post(address, {"review_on": "2027-10-01"}).status_code == 303
        assert "The review is overdue." not in text_of(client.get(BASE))


# ---- absences ----


def test_absence_is_planned_changed_and_cancelled(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.cto)
    facts = {
        "member": str(company.cto.pk),
        "starts_on": "2026-10-26",
        "ends_on": "2026-10-30",
        "deputy": "",
        "note": "Sailing",
    }
    refused = client.post(f"{BASE}away/", facts)
    assert refused.status_code == 422
    assert "5 days away needs a deputy" in text_of(refused)
    facts["deputy"] = str(company.team.pk)
    assert client.post(f"{BASE}away/", facts).status_code == 303
    assert "Team Northwind covers" in text_of(client.get(f"{BASE}away/"))
    with tenant(company.id):
        period = OffPeriod.objects.get()
    address = f"{BASE}away/{period.pk}/"
    assert client.post(address, facts | {"ends_on": "2026-11-02"}).status_code == 303
    assert sign_in(company.team).post(address, facts).status_code == 403
    assert client.post(f"{address}cancel/").status_code == 303
    assert "Cancelled" in text_of(client.get(f"{BASE}away/"))
    assert client.post(address, facts).status_code == 409


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("executive", "Cto Northwind is away until Fri 30 Oct. Team Northwind covers."),
        ("cto", "You are away until Fri 30 Oct. Team Northwind has your queue."),
        ("team", "You cover for Cto Northwind until Fri 30 Oct. What waits for them"),
    ],
)
def test_every_page_says_who_is_away_while_they_are_at_no_query_more(
    company: Company,
    running: Engagement,
    sign_in: SignIn,
    django_assert_max_num_queries: Any,
    role: str,
    words: str,
) -> None:
    with tenant(company.id):
        away(company, D(2026, 10, 26), D(2026, 10, 30))
    pages = ("/t/northwind/kpis/", "/t/northwind/engagement/")

    def shown() -> list[str]:
        client = sign_in(company.member(role))  # anew: a session does not outlive the days between
        answers = [client.get(page) for page in pages]
        assert [answer.status_code for answer in answers] == [200, 200]
        return [text_of(answer).replace("</b>", "").replace("<b>", "") for answer in answers]

    assert all("away until" not in page for page in shown())
    with time_machine.travel(dt.datetime(2026, 10, 26, 3, 59, tzinfo=dt.UTC)):
        assert all(words not in page for page in shown())
    with time_machine.travel(dt.datetime(2026, 10, 26, 4, 1, tzinfo=dt.UTC)):  # midnight there
        assert all(words in page for page in shown())


# ---- integration plan ----


def test_plan_is_seeded_in_three_phases_and_done_with_an_outcome(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.cto)
    page = text_of(client.get(f"{BASE}plan/"))
    assert "of 5 done" in page
    assert "One-on-one with the head of engineering" in page
    with tenant(company.id):
        activity = IntegrationActivity.objects.in_order().first()
    address = f"{BASE}plan/{activity.pk}/"
    facts = fields_of(client.get(f"{address}?done=1"))
    assert facts["status"] == "done"
    refused = client.post(address, facts)
    assert refused.status_code == 422
    assert "Write down what came of it" in text_of(refused)
    assert client.post(address, facts | {"outcome": "Five people, one phone."}).status_code == 303
    page = text_of(client.get(f"{BASE}plan/"))
    assert "Five people, one phone." in page
    assert "overdue" in page
    assert client.post(f"{address}delete/").status_code == 409
    assert sign_in(company.team).post(address, facts).status_code == 403


def test_activities_move_up_and_down_in_their_phase(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.admin)

    def order() -> list[Any]:
        with tenant(company.id):
            rows = IntegrationActivity.objects.filter(phase="initial").in_order()
            return list(rows.values_list("pk", flat=True))

    first, second, *rest = order()
    assert client.post(f"{BASE}plan/{first}/move/", {"move": "down"}).status_code == 303
    assert order() == [second, first, *rest]
    client.post(f"{BASE}plan/{second}/move/", {"move": "up"})  # it is the first already
    client.post(f"{BASE}plan/{second}/move/", {"move": "sideways"})
    assert order() == [second, first, *rest]


# ---- people map ----


@pytest.mark.parametrize("role", ROLES)
def test_attitude_and_notes_are_for_ctos_and_executives(
    company: Company, running: Engagement, sign_in: SignIn, role: str
) -> None:
    with tenant(company.id):
        services.stakeholder_add(
            engagement=running,
            actor=company.cto,
            name="=Tom Becker",
            department="Operations",
            support=2,
            notes="Show him the rollback",
        )
    client = sign_in(company.member(role))
    page, exported = client.get(f"{BASE}people/"), client.get(f"{BASE}people/export/")
    if role == "team":
        assert (page.status_code, exported.status_code) == (403, 403)
        return
    private = role in ("cto", "executive")
    assert "Tom Becker" in text_of(page)
    assert ("Show him the rollback" in text_of(page)) == private
    assert ("Doubtful" in text_of(page)) == private
    assert ("pmap-field" in page.content.decode()) == private
    header, row = csv.reader(io.StringIO(exported.content.decode("utf-8-sig")))
    assert row[0] == "'=Tom Becker"
    assert ("notes" in header) == private
    assert ("Show him the rollback" in row) == private


def test_person_is_added_linked_changed_and_taken_off(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    facts = fields_of(client.get(f"{BASE}people/new/"))
    assert client.post(f"{BASE}people/new/", facts).status_code == 422  # nobody is named
    facts |= {"member": str(company.team.pk)}
    assert client.post(f"{BASE}people/new/", facts).status_code == 303
    again = client.post(f"{BASE}people/new/", facts | {"form_id": ""})  # another form, not a repeat
    assert again.status_code == 422
    assert "stands on the map already" in text_of(again)
    with tenant(company.id):
        person = Stakeholder.objects.get()
    assert person.name == "Team Northwind"
    address = f"{BASE}people/{person.pk}/"
    facts = fields_of(client.get(address)) | {"support": "5"}
    assert client.post(address, facts).status_code == 303
    assert "Champion" in text_of(client.get(f"{BASE}people/"))
    assert client.post(f"{address}delete/").status_code == 303
    assert client.get(address).status_code == 404


# ---- tools ----


def test_register_is_seeded_with_candidates_and_one_of_each_type_is_used(
    company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.admin)
    page = text_of(client.get(f"{BASE}tools/"))
    for platform in ("Slack", "ClickUp", "Asana", "Zoom", "Google Workspace", "Microsoft 365"):
        assert platform in page
    with tenant(company.id):
        slack, teams = CommunicationTool.objects.filter(type="team_chat").order_by("-platform")
    for tool in (slack, teams):
        assert client.post(f"{BASE}tools/{tool.pk}/use/").status_code == 303
    with tenant(company.id):
        used = CommunicationTool.objects.in_use().values_list("platform", flat=True)
        assert list(used) == ["Microsoft Teams"]
    assert client.post(f"{BASE}tools/{slack.pk}/delete/").status_code == 303
    assert client.post(f"{BASE}tools/candidates/").status_code == 303
    with tenant(company.id):
        assert CommunicationTool.objects.count() == 8


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "http://chat.example.com/",
        "https://",
        "//chat.example.com",
        "https://me:secret@chat.example.com/",
        "JAVASCRIPT:alert(1)",
        " data:text/html,x",
    ],
)
def test_links_are_https_and_nothing_else(company: Company, sign_in: SignIn, link: str) -> None:
    client = sign_in(company.cto)
    facts = fields_of(client.get(f"{BASE}tools/new/")) | {"platform": "Chat", "link": link}
    assert client.post(f"{BASE}tools/new/", facts).status_code == 422
    good = facts | {"link": "https://chat.example.com/"}
    assert client.post(f"{BASE}tools/new/", good).status_code == 303
    assert 'href="https://chat.example.com/"' in client.get(f"{BASE}tools/").content.decode()


def test_reply_time_that_contradicts_the_charter_is_warned_of(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        slack = CommunicationTool.objects.get(platform="Slack")
        change = {"status": "in_use", "expected_reply_hours": 8}
        slack = services.tool_update(tool=slack, actor=company.cto, changes=change)
        published(running, company, normal_channel=slack)
    client = sign_in(company.team)
    assert "Reply times do not fit" not in text_of(client.get(f"{BASE}tools/"))
    with tenant(company.id):
        services.tool_update(tool=slack, actor=company.cto, changes={"expected_reply_hours": 9})
    page = text_of(client.get(f"{BASE}tools/"))
    assert "Slack expects a reply within 9 working hours" in page
    assert "promises 1 working day for what is not urgent" in page
    refused = sign_in(company.cto).post(f"{BASE}tools/{slack.pk}/delete/")
    assert refused.status_code == 409
    assert "A version of the charter names Slack" in text_of(refused)


# ---- all of them ----


@pytest.mark.parametrize("page", ["", "away/", "plan/", "people/", "tools/"])
def test_pages_without_an_engagement_say_what_will_be_here(
    company: Company, sign_in: SignIn, page: str
) -> None:
    response = sign_in(company.executive).get(BASE + page)
    assert response.status_code == 200
    if page not in ("away/", "tools/"):
        assert "No engagement yet" in text_of(response)


@pytest.mark.parametrize("many", [1, 3])
def test_pages_ask_the_same_number_of_questions_for_one_row_and_for_three(
    company: Company,
    running: Engagement,
    sign_in: SignIn,
    django_assert_num_queries: Any,
    many: int,
) -> None:
    with tenant(company.id):
        for number in range(many):
            charter = published(running, company)
            services.charter_acknowledge(charter=charter, actor=company.team)
            person = services.stakeholder_add(
                engagement=running, actor=company.cto, name=f"Person {number}"
            )
            services.activity_add(
                engagement=running,
                actor=company.cto,
                phase="initial",
                title="Talk",
                person=person,
            )
            day = D(2026, 11, 2) + dt.timedelta(days=number)
            away(company, day, day)
    client = sign_in(company.executive)
    client.get(BASE)  # the session is read once more on the first page
    shell = 5
    for page, queries in (("", 5), ("away/", 6), ("plan/", 2), ("people/", 2), ("tools/", 4)):
        with django_assert_num_queries(shell + queries):
            assert client.get(BASE + page).status_code == 200
