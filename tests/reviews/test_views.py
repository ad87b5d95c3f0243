"""The pages as people use them: with a browser that runs no script, and as htmx asks."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engagements.models import Engagement
from reviews import services
from reviews.content import Item
from reviews.models import Ask, Blocker, UpdateComment, WeeklyUpdate
from tenants.isolation import tenant
from tenants.models import Member
from tenants.services import member_add
from tests.engagements.builders import add_terms, log, make_engagement
from tests.factories import BOWLINE, Company
from tests.reviews.builders import (
    FULL,
    WEEK_40,
    WEEK_41,
    WEEK_42,
    D,
    acknowledged,
    ask,
    sent,
    start,
)

Browser = Callable[[Member], Client]
BASE = "/t/northwind/updates/"
EDIT = f"{BASE}2026-10-12/edit/"
LETTER = f"{BASE}2026-10-12/"
LIST_QUERIES = 8
LETTER_QUERIES = 11
HTMX = {"HX-Request": "true"}


@pytest.fixture
def running(company: Company) -> Engagement:
    """The company's engagement, made outside of the test's own requests."""
    with tenant(company.id):
        engagement = make_engagement(company)
        add_terms(engagement, company)
        return engagement


def fields_of(html: str) -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    form = re.search(r'<form[^>]*id="letter".*?</form>', html, re.S)
    assert form
    data: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        attrs = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if "name" not in attrs or attrs["name"] == "csrfmiddlewaretoken":
            continue
        if attrs.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        unsaid = "on" if attrs.get("type") == "checkbox" else ""
        data[attrs["name"]] = attrs.get("value", unsaid)
    data |= dict(
        re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form[0], re.S)
    )
    for name, inside in re.findall(r'<select[^>]*name="(.*?)"[^>]*>(.*?)</select>', form[0], re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        data[name] = chosen[1] if chosen else ""
    return data


def typed(client: Client, **fields: Any) -> dict[str, Any]:
    """The form of week 42 with these fields typed over."""
    answer = client.get(EDIT)
    assert answer.status_code == 200
    return fields_of(answer.content.decode()) | fields


def page(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, re.findall(
        r'class="err".*?</p>', answer.content.decode(), re.S
    )
    return str(answer.content.decode())


class TestWriting:
    def test_opening_the_form_stores_nothing(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        html = page(sign_in(company.cto).get(EDIT))
        assert "Nothing is saved before you write" in html
        with tenant(company.id):
            assert not WeeklyUpdate.objects.exists()

    def test_write_preview_and_send_without_script(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            log(running, company, D(2026, 10, 13), 150)
        cto = sign_in(company.cto)
        assert "2.5\u00a0h" in page(cto.get(EDIT))
        data = typed(cto, summary="Onboarding is ready.", progress="One\nTwo", confidence="4")
        html = page(cto.post(EDIT, data | {"action": "add:ask"}))
        assert 'name="asks-0-text"' in html
        data = fields_of(html) | {
            "asks-0-text": "Vote on the audit",
            "asks-0-member": str(company.executive.pk),
            "asks-0-due_on": "2026-10-19",
            "health": "watch",
        }
        answer = cto.post(EDIT, data | {"action": "preview"})
        assert (answer.status_code, answer["Location"]) == (303, f"{LETTER}preview/")
        html = page(cto.get(f"{LETTER}preview/"))
        assert "Vote on the audit" in html
        assert "<li>Two</li>" in html
        answer = cto.post(EDIT, typed(cto, action="send"))
        assert (answer.status_code, answer["Location"]) == (303, LETTER)
        with tenant(company.id):
            update = WeeklyUpdate.objects.get()
            assert (update.status, update.health, update.confidence) == ("submitted", "watch", 4)
            assert update.hours["total_minutes"] == 150
        html = page(sign_in(company.executive).get(LETTER))
        assert "Acknowledge the update" in html

    def test_rows_are_added_and_removed_and_the_text_stays(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        cto = sign_in(company.cto)
        html = page(cto.post(EDIT, typed(cto, summary="Kept", action="add:blocker")))
        data = fields_of(html) | {"blockers-0-text": "First"}
        html = page(cto.post(EDIT, data | {"action": "add:blocker"}))
        data = fields_of(html) | {"blockers-1-text": "Second", "blockers-1-due_on": "2026-10-20"}
        html = page(cto.post(EDIT, data | {"action": "remove:blocker.0"}))
        left = fields_of(html)
        assert (left["blockers-TOTAL_FORMS"], left["blockers-0-text"]) == ("1", "Second")
        assert left["blockers-0-due_on"] == "2026-10-20"
        assert left["summary"] == "Kept"
        with tenant(company.id):
            assert [b.text for b in Blocker.objects.all()] == ["Second"]

    @pytest.mark.parametrize("place", ["blocker", "blocker.x", "blocker.9", "nothing.1", ""])
    def test_a_made_up_row_to_remove_removes_nothing(
        self, company: Company, running: Engagement, sign_in: Browser, place: str
    ) -> None:
        with tenant(company.id):
            start(running, company.cto, blockers=[Item(text="Stays")])
        cto = sign_in(company.cto)
        page(cto.post(EDIT, typed(cto, action=f"remove:{place}")))
        with tenant(company.id):
            assert Blocker.objects.get().text == "Stays"

    def test_enter_in_a_field_saves_and_stays(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        cto = sign_in(company.cto)
        answer = cto.post(EDIT, typed(cto, summary="Typed"))
        assert (answer.status_code, answer["Location"]) == (303, EDIT)
        assert "Draft saved at" in page(cto.get(EDIT))

    def test_copy_fills_what_is_empty(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            sent(running, company, WEEK_41)
        cto = sign_in(company.cto)
        assert "Copy from week 41" in page(cto.get(EDIT))
        cto.post(EDIT, typed(cto, wins="Mine", action="copy"))
        with tenant(company.id):
            update = WeeklyUpdate.objects.get(week_start=WEEK_42)
            assert (update.progress, update.wins) == (FULL["next_week"], "Mine")

    def test_what_is_open_of_last_week_is_there_already(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            last = sent(running, company, WEEK_41, asks=[ask(company.finance, "Send the forecast")])
        cto = sign_in(company.cto)
        data = typed(cto, summary="Week 42")
        assert data["asks-0-text"] == "Send the forecast"
        cto.post(EDIT, data)
        with tenant(company.id):
            carried = Ask.objects.get(update__week_start=WEEK_42)
            assert carried.carried_from == Ask.objects.get(update=last).pk


class TestBadInput:
    def test_an_unfinished_letter_is_not_sent_and_nothing_is_lost(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        cto = sign_in(company.cto)
        html = page(cto.post(EDIT, typed(cto, action="add:ask")))
        html = page(cto.post(EDIT, fields_of(html) | {"action": "add:blocker"}))
        data = fields_of(html) | {
            "wins": "Typed with care",
            "asks-0-text": "Vote",
            "blockers-0-text": "No owner",
            "blockers-0-due_on": "2026-10-14",
            "action": "send",
        }
        html = page(cto.post(EDIT, data), 422)
        kept = fields_of(html)
        assert (kept["wins"], kept["asks-0-text"]) == ("Typed with care", "Vote")
        for words in (
            "Say in one or two sentences what changed this week.",
            "Say how the engagement goes.",
            "Ask 1: choose whom you ask.",
            "Ask 1: say by when.",
            "Blocker 1: Wed 14 Oct has passed. Set a new date, or clear the blocker.",
        ):
            assert words in html
        assert 'class="errsum"' in html
        for target in re.findall(r'<li><a href="#([^"]+)">', html):
            assert f'id="{target}"' in html
        with tenant(company.id):
            assert WeeklyUpdate.objects.get().is_draft

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"summary": "x" * 281}, "this is 1 too long"),
            ({"confidence": "9"}, "Select a valid choice"),
            ({"health": "green"}, "Select a valid choice"),
            ({"version": "x"}, "Enter a whole number"),
            ({"saved_from": "../../x"}, "Enter a valid value"),
            ({"progress": "a\x00b"}, "Null characters are not allowed"),
        ],
    )
    def test_odd_values_are_answered_422_with_the_input_kept(
        self,
        company: Company,
        running: Engagement,
        sign_in: Browser,
        fields: dict[str, str],
        words: str,
    ) -> None:
        cto = sign_in(company.cto)
        html = page(cto.post(EDIT, typed(cto, wins="Kept", action="save") | fields), 422)
        assert words in html
        assert "Kept" in html

    @pytest.mark.parametrize(
        "fields",
        [
            {"asks-0-member": "0198c0de-0000-7000-8000-000000000000"},
            {"asks-0-due_on": "19/10/2026"},
            {"asks-0-id": "x"},
            {"asks-TOTAL_FORMS": "31"},
            {"asks-TOTAL_FORMS": "x"},
            {"asks-0-text": "x" * 301},
        ],
    )
    def test_odd_rows_are_answered_422(
        self, company: Company, running: Engagement, sign_in: Browser, fields: dict[str, str]
    ) -> None:
        cto = sign_in(company.cto)
        data = fields_of(page(cto.post(EDIT, typed(cto, action="add:ask"))))
        page(cto.post(EDIT, data | {"asks-0-text": "Vote", "action": "add:ask"} | fields), 422)

    def test_a_member_of_another_company_cannot_be_asked(
        self, company: Company, other_company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        cto = sign_in(company.cto)
        data = fields_of(page(cto.post(EDIT, typed(cto, action="add:ask"))))
        foreign = str(other_company.executive.pk)
        html = page(cto.post(EDIT, data | {"asks-0-text": "Vote", "asks-0-member": foreign}), 422)
        assert "Contoso" not in html

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            (f"{BASE}2026-10-13/edit/", 422),  # begins no week
            (f"{BASE}2026-11-30/edit/", 422),  # too far ahead
            (f"{BASE}2026-02-30/edit/", 404),  # no day at all
            (f"{BASE}2026-10-12/", 404),
            (f"{BASE}2026-10-12/preview/", 404),
            (f"{BASE}?before=yesterday", 422),
            (f"{BASE}2026-10-12/?engagement=x", 404),
        ],
    )
    def test_addresses_of_nothing(
        self, company: Company, running: Engagement, sign_in: Browser, path: str, status: int
    ) -> None:
        assert sign_in(company.cto).get(path).status_code == status

    def test_without_an_engagement_there_is_nothing_to_write(
        self, company: Company, sign_in: Browser
    ) -> None:
        cto = sign_in(company.cto)
        assert cto.get(EDIT).status_code == 404
        assert "No engagement yet" in page(cto.get(BASE))


class TestAutosave:
    def test_answers_parts_and_never_a_page(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        cto = sign_in(company.cto)
        html = page(cto.post(EDIT, typed(cto, summary="As typed"), headers=HTMX))
        assert "<html" not in html
        assert 'id="draft-status"' in html
        assert "Draft saved at" in html
        assert '<p class="lead">As typed</p>' in html

    def test_a_tab_goes_on_typing_with_the_version_it_opened_with(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        cto = sign_in(company.cto)
        data = typed(cto)
        for text in ("A", "A b", "A b c"):
            page(cto.post(EDIT, data | {"summary": text}, headers=HTMX))
        with tenant(company.id):
            assert WeeklyUpdate.objects.get().summary == "A b c"

    @pytest.mark.parametrize("headers", [HTMX, {}])
    def test_a_second_tab_is_told_and_its_text_kept(
        self, company: Company, running: Engagement, sign_in: Browser, headers: dict[str, str]
    ) -> None:
        cto = sign_in(company.cto)
        mine = typed(cto, summary="Mine")
        page(cto.post(EDIT, typed(cto, summary="Theirs"), headers=HTMX))
        html = page(cto.post(EDIT, mine, headers=headers), 409)
        assert "Cto Northwind changed this draft in the meantime, at 10:00." in html
        if not headers:
            assert fields_of(html)["summary"] == "Mine"
        assert 'value="overwrite"' in html
        assert cto.post(EDIT, mine | {"action": "overwrite"}).status_code == 303
        with tenant(company.id):
            assert WeeklyUpdate.objects.get().summary == "Mine"

    def test_typing_into_a_letter_that_someone_else_sent(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            deputy = member_add(
                email="deputy@northwind.example", name="Dee", roles=["cto"], actor=BOWLINE
            )
            update = start(running, company.cto, **FULL)
        cto = sign_in(company.cto)
        mine = typed(cto, summary="Mine")
        with tenant(company.id):
            services.update_submit(update=update, actor=deputy)
        html = page(cto.post(EDIT, mine | {"action": "send"}), 409)
        assert "Dee sent this update on Thu 15 Oct, 10:00 EDT." in html
        assert fields_of(html)["summary"] == "Mine"
        with tenant(company.id):
            assert WeeklyUpdate.objects.get().summary == FULL["summary"]


class TestRevising:
    def test_a_sent_letter_is_changed_until_it_is_acknowledged(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            update = sent(running, company)
        cto = sign_in(company.cto)
        data = typed(cto, summary="Clearer")
        assert "hx-post" not in page(cto.get(EDIT)).split("<main")[1]
        answer = cto.post(EDIT, data | {"action": "save"})
        assert (answer.status_code, answer["Location"]) == (303, LETTER)
        with tenant(company.id):
            assert WeeklyUpdate.objects.get().summary == "Clearer"
            services.update_acknowledge(update=update, actor=company.executive)
        html = page(cto.post(EDIT, data | {"summary": "Later", "action": "save"}), 409)
        assert "Executive Northwind acknowledged this update" in html
        assert "Later" in html
        assert cto.get(EDIT)["Location"] == LETTER


class TestReading:
    def test_acknowledge_comment_and_close(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            sent(running, company, asks=[ask(company.executive)])
            item = Ask.objects.get()
        executive = sign_in(company.executive)
        assert "Mark as done" in page(executive.get(LETTER))
        assert executive.post(f"{LETTER}acknowledge/")["Location"] == LETTER
        answer = executive.post(f"{LETTER}comment/", {"body": "Well done.\nGo on."})
        with tenant(company.id):
            comment = UpdateComment.objects.get()
        assert answer["Location"] == f"{LETTER}#comment-{comment.pk}"
        assert executive.post(f"{LETTER}close/{item.pk}/").status_code == 303
        html = page(executive.get(LETTER))
        assert "acknowledged" in html
        assert "<p>Go on.</p>" in html
        assert "Acknowledge the update" not in html
        assert "Mark as done" not in html

    def test_only_the_latest_letter_asks_to_be_settled(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            sent(running, company, WEEK_41, asks=[ask(company.executive)])
            draft = start(running, company.cto, WEEK_42, **FULL)
        executive = sign_in(company.executive)
        older = f"{BASE}2026-10-05/"
        assert "Mark as done" in page(executive.get(older))
        with tenant(company.id):
            services.update_submit(update=draft, actor=company.cto)
        assert "Mark as done" not in page(executive.get(older))
        assert "Mark as done" in page(executive.get(LETTER))

    def test_an_empty_comment_is_answered_beside_the_field(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            sent(running, company)
        html = page(sign_in(company.executive).post(f"{LETTER}comment/", {"body": " "}), 422)
        assert "Write something first." in html

    def test_amend_keeps_the_text_before_on_the_page(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            acknowledged(running, company)
        cto = sign_in(company.cto)
        page(cto.get(f"{LETTER}amend/"))
        texts = {name: FULL[name] for name in ("progress", "wins", "risks", "next_week")}
        html = page(cto.post(f"{LETTER}amend/", texts | {"summary": "New", "reason": ""}), 422)
        assert "Say why" in html
        data = texts | {"summary": "New words.", "reason": "A wrong date"}
        assert cto.post(f"{LETTER}amend/", data)["Location"] == LETTER
        html = page(sign_in(company.executive).get(LETTER))
        assert '<p class="lead">New words.</p>' in html
        assert FULL["summary"] in html
        assert "A wrong date" in html

    def test_markup_in_a_letter_is_only_text(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        evil = "<script>alert(1)</script>"
        with tenant(company.id):
            update = sent(
                running, company, summary=evil, progress=evil, asks=[ask(company.finance, evil)]
            )
            services.update_comment(update=update, actor=company.finance, body=evil)
        html = page(sign_in(company.executive).get(LETTER))
        assert evil not in html
        assert html.count("&lt;script&gt;") >= 4

    def test_a_draft_is_not_there_for_its_readers(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            start(running, company.cto, summary="Not ready")
        executive = sign_in(company.executive)
        assert executive.get(LETTER).status_code == 404
        assert executive.post(f"{LETTER}acknowledge/").status_code == 404
        assert "Not ready" not in page(executive.get(BASE))

    def test_hours_are_hidden_from_those_who_may_not_see_time(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            log(running, company, D(2026, 10, 13), 150)
            sent(running, company)
        for member, sees in ((company.executive, True), (company.team, False)):
            client = sign_in(member)
            for path in (LETTER, BASE):
                assert ("2.5\u00a0h" in page(client.get(path))) is sees

    def test_another_companys_letter_is_not_there(
        self, company: Company, other_company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            sent(running, company)
        stranger = sign_in(other_company.executive)
        assert stranger.get(LETTER).status_code == 404
        assert stranger.get("/t/contoso/updates/2026-10-12/").status_code == 404

    @pytest.mark.parametrize(
        ("role", "path", "status"),
        [
            ("executive", "edit/", 403),
            ("executive", "amend/", 403),
            ("cto", "acknowledge/", 403),
            ("observer", "comment/", 403),
            ("finance", "acknowledge/", 403),
        ],
    )
    def test_what_is_not_yours_is_refused(
        self,
        company: Company,
        running: Engagement,
        sign_in: Browser,
        role: str,
        path: str,
        status: int,
    ) -> None:
        with tenant(company.id):
            sent(running, company)
        answer = sign_in(company.member(role)).post(f"{LETTER}{path}", {"body": "x"})
        assert answer.status_code == status


class TestList:
    @pytest.mark.parametrize("role", ["executive", "cto"])
    @pytest.mark.parametrize("letters", [1, 3])
    def test_one_and_three_letters_take_the_same_queries(
        self, company: Company, running: Engagement, sign_in: Browser, letters: int, role: str
    ) -> None:
        with tenant(company.id):
            for week in (WEEK_40, WEEK_41, WEEK_42)[-letters:]:
                sent(running, company, week)
        client = sign_in(company.member(role))
        client.get(BASE)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            html = page(client.get(BASE))
        assert html.count('<th scope="row">') == letters
        assert len(queries) == LIST_QUERIES

    @pytest.mark.parametrize("rows", [1, 3])
    def test_a_letter_takes_the_same_queries_however_much_is_in_it(
        self, company: Company, running: Engagement, sign_in: Browser, rows: int
    ) -> None:
        with tenant(company.id):
            people = [company.finance, company.board, company.team][:rows]
            update = acknowledged(
                running,
                company,
                asks=[ask(person, f"Ask {person}") for person in people],
                blockers=[Item(text=f"Stuck {person}", member=person) for person in people],
            )
            for person in people:
                services.update_comment(update=update, actor=person, body="Seen")
                services.update_amend(
                    update=update, actor=company.cto, texts={"wins": str(person)}, reason="x"
                )
        client = sign_in(company.executive)
        client.get(LETTER)
        with CaptureQueriesContext(connection) as queries:
            page(client.get(LETTER))
        assert len(queries) == LETTER_QUERIES

    def test_says_what_became_of_each_week(
        self,
        company: Company,
        running: Engagement,
        sign_in: Browser,
        clock: time_machine.Traveller,
    ) -> None:
        with tenant(company.id):
            acknowledged(running, company, WEEK_40)
            late = start(running, company.cto, WEEK_42, **FULL)
            clock.move_to(dt.datetime(2026, 10, 16, 21, 1, tzinfo=dt.UTC))
            services.update_submit(update=late, actor=company.cto)
        html = page(sign_in(company.executive).get(BASE))
        assert re.findall(r">Week (\d+)", html.split("<tbody")[1]) == ["42", "40"]
        assert "Waiting to be acknowledged" in html
        assert '<span class="late">late</span>' in html

    def test_a_week_that_nobody_wrote_says_so(
        self,
        company: Company,
        running: Engagement,
        sign_in: Browser,
        clock: time_machine.Traveller,
    ) -> None:
        """The engagement is known here since Thursday of week 42."""
        clock.move_to(dt.datetime(2026, 10, 27, 14, tzinfo=dt.UTC))
        html = page(sign_in(company.cto).get(BASE))
        assert re.findall(r">Week (\d+)", html.split("<tbody")[1]) == ["43", "42"]
        assert html.count("Not written") == 2
        assert f"{BASE}2026-10-19/edit/" in html

    def test_first_use_says_who_writes_when(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        html = page(sign_in(company.executive).get(BASE))
        assert "Cto Northwind writes the first one." in html
        assert "Week 42 is due" in " ".join(html.split())
        assert "Write week 42" in page(sign_in(company.cto).get(BASE))

    def test_older_weeks_are_on_further_pages(
        self, company: Company, running: Engagement, sign_in: Browser
    ) -> None:
        with tenant(company.id):
            for back in range(30):
                week = WEEK_42 - dt.timedelta(days=7 * back)
                services.update_start(engagement=running, actor=company.cto, week_start=week)
        cto = sign_in(company.cto)
        html = page(cto.get(BASE))
        older = re.search(r'href="([^"]*before=[^"]*)"', html)
        assert older
        second = page(cto.get(older[1]))
        found = re.findall(r"/updates/([0-9-]+)/edit/\">Week", html + second)
        assert len(found) == len(set(found)) == 30
        assert "before=" not in second
