"""Letters as they are read, answered and listed, with a browser that runs no script."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagements.models import Engagement
from reviews import services
from reviews.content import Item
from reviews.models import Ask, UpdateComment
from tenants.isolation import tenant
from tests.engagements.builders import log
from tests.factories import Company
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
from tests.reviews.pages import BASE, LETTER, Browser, page

LIST_QUERIES = 8
LETTER_QUERIES = 11


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
