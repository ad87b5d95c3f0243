"""What becomes of a letter that was sent: changed, acknowledged, amended, commented on."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from engagements.models import Engagement
from reviews import services
from reviews.models import Ask, UpdateAmendment, UpdateComment
from tenants.audit.models import AuditEvent
from tenants.errors import Denied, Invalid, WrongState
from tests.factories import Company
from tests.reviews.builders import (
    FULL,
    D,
    acknowledged,
    ask,
    letter,
    sent,
    start,
    verbs,
)


class TestRevise:
    def test_changes_the_text_but_not_the_numbers(
        self, inside: Company, engagement: Engagement
    ) -> None:
        update = sent(engagement, inside)
        revised = services.update_revise(
            update=update, actor=inside.cto, content=letter(summary="Clearer words.")
        )
        assert (revised.summary, revised.status) == ("Clearer words.", "submitted")
        assert (revised.hours, revised.kpis) == (update.hours, update.kpis)
        event = AuditEvent.objects.get(target_id=update.pk, verb="weekly_update.revised")
        assert event.changes["summary"] == [FULL["summary"], "Clearer words."]

    def test_dates_count_from_the_day_it_was_sent(
        self, inside: Company, engagement: Engagement, clock: time_machine.Traveller
    ) -> None:
        update = sent(engagement, inside, asks=[ask(inside.finance, due_on=D(2026, 10, 16))])
        clock.move_to(dt.datetime(2026, 10, 20, 15, tzinfo=dt.UTC))
        services.update_revise(update=update, actor=inside.cto, content=letter(wins="One more"))

    @pytest.mark.parametrize("make", [start, acknowledged])
    def test_only_between_sending_and_acknowledgement(
        self, inside: Company, engagement: Engagement, make: Any
    ) -> None:
        update = make(engagement, inside.cto if make is start else inside)
        with pytest.raises(WrongState):
            services.update_revise(update=update, actor=inside.cto, content=letter(wins="x"))


class TestAcknowledge:
    def test_records_the_first_and_repeats_are_harmless(
        self, inside: Company, engagement: Engagement, clock: time_machine.Traveller
    ) -> None:
        update = sent(engagement, inside)
        first = services.update_acknowledge(update=update, actor=inside.executive)
        clock.shift(60)
        second = services.update_acknowledge(update=update, actor=inside.admin)
        assert (second.acknowledged_by, second.acknowledged_at) == (
            inside.executive,
            first.acknowledged_at,
        )
        assert verbs(update).count("weekly_update.acknowledged") == 1

    def test_a_draft_cannot_be(self, inside: Company, engagement: Engagement) -> None:
        with pytest.raises(WrongState):
            services.update_acknowledge(
                update=start(engagement, inside.cto), actor=inside.executive
            )


class TestAmend:
    def test_keeps_the_text_before_readable(self, inside: Company, engagement: Engagement) -> None:
        update = acknowledged(engagement, inside)
        for number, text in enumerate(["Second words.", "Third words."], start=1):
            amendment = services.update_amend(
                update=update, actor=inside.cto, texts={"summary": text}, reason="A wrong number"
            )
            assert amendment.number == number
        newest, oldest = UpdateAmendment.objects.filter(update=update)
        assert oldest.changes == {"summary": [FULL["summary"], "Second words."]}
        assert newest.changes == {"summary": ["Second words.", "Third words."]}
        update.refresh_from_db()
        assert (update.summary, update.status) == ("Third words.", "acknowledged")

    @pytest.mark.parametrize(
        ("texts", "reason", "field"),
        [
            ({"summary": "New"}, " ", "reason"),
            ({}, "Because", "reason"),
            ({"summary": FULL["summary"]}, "Because", "reason"),
            ({"summary": "", "progress": ""}, "Because", "summary"),
            ({"summary": "x" * 281}, "Because", "summary"),
        ],
    )
    def test_refuses_no_reason_no_change_no_text(
        self,
        inside: Company,
        engagement: Engagement,
        texts: dict[str, str],
        reason: str,
        field: str,
    ) -> None:
        update = acknowledged(engagement, inside)
        with pytest.raises(Invalid) as caught:
            services.update_amend(update=update, actor=inside.cto, texts=texts, reason=reason)
        assert list(caught.value.errors) == [field]


class TestComment:
    def test_is_added_with_its_name_and_stays(
        self, inside: Company, engagement: Engagement
    ) -> None:
        update = sent(engagement, inside)
        comment = services.update_comment(update=update, actor=inside.board, body=" Well done \r\n")
        assert (comment.body, comment.author_name) == ("Well done", "Board Northwind")
        assert list(UpdateComment.objects.filter(update=update)) == [comment]

    @pytest.mark.parametrize("body", ["", " \n ", "x" * 4001])
    def test_refuses_an_empty_or_endless_one(
        self, inside: Company, engagement: Engagement, body: str
    ) -> None:
        with pytest.raises(Invalid):
            services.update_comment(
                update=sent(engagement, inside), actor=inside.executive, body=body
            )


class TestItemClose:
    def test_closes_once(
        self, inside: Company, engagement: Engagement, clock: time_machine.Traveller
    ) -> None:
        sent(engagement, inside, asks=[ask(inside.finance)])
        item = Ask.objects.get()
        first = services.item_close(item=item, actor=inside.finance)
        clock.shift(60)
        second = services.item_close(item=item, actor=inside.cto)
        assert (second.closed_by, second.closed_at) == (inside.finance, first.closed_at)

    def test_is_not_anybodys(self, inside: Company, engagement: Engagement) -> None:
        sent(engagement, inside, asks=[ask(inside.finance)])
        with pytest.raises(Denied):
            services.item_close(item=Ask.objects.get(), actor=inside.team)
