"""Writing a letter as people do: with a browser that runs no script, and as htmx asks."""

import re

import pytest

from engagements.models import Engagement
from reviews import services
from reviews.content import Item
from reviews.models import Ask, Blocker, WeeklyUpdate
from tenants.isolation import tenant
from tenants.services import member_add
from tests.engagements.builders import log
from tests.factories import BOWLINE, Company
from tests.reviews.builders import FULL, WEEK_41, WEEK_42, D, ask, sent, start
from tests.reviews.pages import BASE, EDIT, HTMX, LETTER, Browser, fields_of, page, typed


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
            ({"confidence": "9"}, "Choose one from the list"),
            ({"health": "green"}, "Choose one from the list"),
            ({"version": "x"}, "Use a whole number"),
            ({"saved_from": "../../x"}, "Use the form that is asked for"),
            ({"progress": "a\x00b"}, "Remove the characters that cannot be stored"),
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
