"""The life of a weekly update until it is sent, each rule by its own test."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from engagements import figures as engagement_figures
from engagements import services as engagement_services
from engagements.models import Engagement
from reviews import services
from reviews.content import Item
from reviews.models import Ask, Blocker, WeeklyUpdate
from tenants.audit.models import AuditEvent
from tenants.errors import Denied, Invalid, NotFound, StaleVersion, WrongState
from tenants.models import Member
from tenants.services import member_remove
from tests.engagements.builders import log, make_engagement
from tests.factories import Company
from tests.reviews.builders import (
    FULL,
    MON_19,
    WEEK_40,
    WEEK_41,
    WEEK_42,
    D,
    ask,
    letter,
    sent,
    start,
    verbs,
)


class TestStart:
    def test_makes_one_draft_a_week_due_friday_at_the_client(
        self, inside: Company, engagement: Engagement
    ) -> None:
        update, is_new = services.update_start(
            engagement=engagement, actor=inside.cto, week_start=WEEK_42
        )
        again, is_new_again = services.update_start(
            engagement=engagement, actor=inside.cto, week_start=WEEK_42
        )
        assert (is_new, is_new_again) == (True, False)
        assert again.pk == update.pk
        assert update.status == "draft"
        assert update.author == inside.cto
        assert update.due_at == dt.datetime(2026, 10, 16, 21, tzinfo=dt.UTC)
        assert verbs(update) == ["weekly_update.started"]

    def test_refuses_a_day_that_begins_no_week_and_names_the_one_that_does(
        self, inside: Company, engagement: Engagement
    ) -> None:
        with pytest.raises(Invalid) as caught:
            services.update_start(
                engagement=engagement, actor=inside.cto, week_start=D(2026, 10, 14)
            )
        assert "2026-10-12" in caught.value.errors["week_start"]

    def test_takes_next_week_but_not_the_one_after(
        self, inside: Company, engagement: Engagement
    ) -> None:
        assert start(engagement, inside.cto, D(2026, 10, 19)).week_number == 43
        with pytest.raises(Invalid):
            start(engagement, inside.cto, D(2026, 10, 26))

    def test_is_the_ctos_alone(self, inside: Company, engagement: Engagement) -> None:
        with pytest.raises(Denied):
            start(engagement, inside.executive)

    def test_refuses_an_ended_engagement(self, inside: Company, engagement: Engagement) -> None:
        engagement_services.engagement_transition(
            engagement=engagement, actor=inside.admin, status="ended"
        )
        with pytest.raises(WrongState):
            start(engagement, inside.cto)

    def test_carries_over_what_is_still_open_and_only_that(
        self, inside: Company, engagement: Engagement
    ) -> None:
        stuck = Item(text="No on-call owner", member=inside.executive, due_on=MON_19)
        last = sent(
            engagement,
            inside,
            WEEK_41,
            blockers=[stuck, Item(text="Broker contract")],
            asks=[ask(inside.executive), ask(inside.finance, "Send the forecast")],
        )
        services.item_close(item=Ask.objects.get(text="Vote on the audit"), actor=inside.executive)
        services.item_close(item=Blocker.objects.get(text="Broker contract"), actor=inside.cto)
        update = start(engagement, inside.cto)
        assert [(b.text, b.member, b.due_on) for b in Blocker.objects.filter(update=update)] == [
            ("No on-call owner", inside.executive, MON_19)
        ]
        carried = Ask.objects.get(update=update)
        assert carried.text == "Send the forecast"
        assert carried.carried_from == Ask.objects.get(update=last, text="Send the forecast").pk

    def test_an_ask_of_someone_who_left_comes_back_without_them(
        self, inside: Company, engagement: Engagement
    ) -> None:
        sent(engagement, inside, WEEK_41, asks=[ask(inside.finance)])
        member_remove(member=inside.finance, actor=inside.admin)
        assert Ask.objects.get(update=start(engagement, inside.cto)).member is None

    def test_keeps_which_figures_were_shown_but_not_their_comments(
        self, inside: Company, engagement: Engagement
    ) -> None:
        start(engagement, inside.cto, WEEK_41, kpi_notes={"k1": {"shown": False, "comment": "x"}})
        assert start(engagement, inside.cto).kpi_notes == {"k1": {"shown": False}}


class TestSaveDraft:
    def test_writes_the_given_part_and_counts_the_version(
        self, inside: Company, engagement: Engagement
    ) -> None:
        update = start(engagement, inside.cto, progress="One")
        saved = services.update_save_draft(
            update=update,
            actor=inside.cto,
            content=letter(risks="  The broker\r\nholds "),
            version=1,
        )
        assert (saved.progress, saved.risks, saved.version) == ("One", "The broker\nholds", 2)

    def test_a_second_tab_is_told_and_loses_nothing_that_is_stored(
        self, inside: Company, engagement: Engagement, deputy: Member
    ) -> None:
        update = start(engagement, inside.cto)
        services.update_save_draft(
            update=update, actor=deputy, content=letter(summary="Hers"), version=1, saved_from="a"
        )
        with pytest.raises(StaleVersion, match="Dee Puty changed this draft"):
            services.update_save_draft(
                update=update, actor=inside.cto, content=letter(summary="His"), version=1,
                saved_from="b",
            )  # fmt: skip
        update.refresh_from_db()
        assert update.summary == "Hers"

    def test_one_tab_never_loses_against_itself(
        self, inside: Company, engagement: Engagement
    ) -> None:
        """Its answer may be lost, or come after the next save was sent."""
        update = start(engagement, inside.cto)
        for text in ("One", "One two"):
            saved = services.update_save_draft(
                update=update, actor=inside.cto, content=letter(summary=text), version=1,
                saved_from="a",
            )  # fmt: skip
        assert (saved.summary, saved.version) == ("One two", 3)

    def test_saving_the_same_changes_nothing(self, inside: Company, engagement: Engagement) -> None:
        update = start(engagement, inside.cto, summary="One", asks=[ask(inside.executive)])
        rows = [
            Item(id=a.pk, text=a.text, member=a.member, due_on=a.due_on) for a in update.asks.all()
        ]
        saved = services.update_save_draft(
            update=update, actor=inside.cto, content=letter(summary="One", asks=rows)
        )
        assert saved.version == 1
        assert verbs(update) == ["weekly_update.started"]

    def test_the_trail_notes_an_open_form_once(
        self, inside: Company, engagement: Engagement
    ) -> None:
        update = start(engagement, inside.cto)
        for text in ("One", "One two", "One two three"):
            services.update_save_draft(
                update=update, actor=inside.cto, content=letter(summary=text), saved_from="a"
            )
        assert verbs(update) == ["weekly_update.started", "weekly_update.edited"]

    def test_rows_keep_their_origin_while_they_are_named(
        self, inside: Company, engagement: Engagement
    ) -> None:
        sent(engagement, inside, WEEK_41, asks=[ask(inside.finance, "Send the forecast")])
        update = start(engagement, inside.cto)
        row = Ask.objects.get(update=update)
        services.update_save_draft(
            update=update,
            actor=inside.cto,
            content=letter(
                asks=[ask(inside.board, "New"), Item(id=row.pk, text="Send it"), Item()]
            ),
        )
        first, second = Ask.objects.filter(update=update)
        assert (first.text, first.carried_from) == ("New", None)
        assert (second.pk, second.text, second.carried_from) == (
            row.pk,
            "Send it",
            row.carried_from,
        )

    def test_an_id_of_another_letters_row_is_no_way_to_it(
        self, inside: Company, engagement: Engagement
    ) -> None:
        last = sent(engagement, inside, WEEK_41, asks=[ask(inside.finance, "Sent")])
        foreign = Ask.objects.get(update=last)
        update = start(engagement, inside.cto)
        services.update_save_draft(
            update=update, actor=inside.cto, content=letter(asks=[Item(id=foreign.pk, text="Mine")])
        )
        foreign.refresh_from_db()
        assert (foreign.text, foreign.update_id) == ("Sent", last.pk)
        assert Ask.objects.get(update=update).text == "Mine"

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"summary": "x" * 281}, "summary"),
            ({"progress": "x" * 10_001}, "progress"),
            ({"confidence": 6}, "confidence"),
            ({"confidence": 0}, "confidence"),
            ({"health": "green"}, "health"),
            ({"kpi_notes": {"k": {"comment": "x" * 301}}}, "kpis"),
            ({"asks": [Item(text="x" * 301)]}, "asks.0.text"),
            ({"blockers": [Item(text="x")] * 31}, "blockers"),
        ],
    )
    def test_refuses_what_no_draft_may_hold(
        self, inside: Company, engagement: Engagement, fields: dict[str, Any], field: str
    ) -> None:
        update = start(engagement, inside.cto)
        with pytest.raises(Invalid) as caught:
            services.update_save_draft(update=update, actor=inside.cto, content=letter(**fields))
        assert list(caught.value.errors) == [field]

    def test_is_refused_once_sent_and_says_who_and_when(
        self, inside: Company, engagement: Engagement, deputy: Member
    ) -> None:
        update = sent(engagement, inside)
        with pytest.raises(WrongState, match="Cto Northwind sent this update on Thu 15 Oct, 14:00"):
            services.update_save_draft(update=update, actor=deputy, content=letter(summary="Late"))

    def test_a_letter_that_is_gone_is_not_found(
        self, inside: Company, engagement: Engagement
    ) -> None:
        with pytest.raises(NotFound):
            services.update_save_draft(
                update=WeeklyUpdate(engagement=engagement), actor=inside.cto, content=letter()
            )


class TestCopyFromPrevious:
    def test_fills_only_what_is_empty(self, inside: Company, engagement: Engagement) -> None:
        sent(engagement, inside, WEEK_41, asks=[ask(inside.finance)])
        update = start(engagement, inside.cto, risks="Mine", asks=[])
        copied = services.update_copy_from_previous(update=update, actor=inside.cto)
        assert copied.progress == FULL["next_week"]
        assert (copied.risks, copied.health, copied.summary) == ("Mine", "on_track", "")
        assert [a.text for a in Ask.objects.filter(update=update)] == ["Vote on the audit"]

    def test_brings_nothing_twice(self, inside: Company, engagement: Engagement) -> None:
        sent(engagement, inside, WEEK_41, asks=[ask(inside.finance)])
        update = start(engagement, inside.cto)
        first = services.update_copy_from_previous(update=update, actor=inside.cto)
        again = services.update_copy_from_previous(update=update, actor=inside.cto)
        assert (again.version, again.updated_at) == (first.version, first.updated_at)
        assert AuditEvent.objects.filter(verb="weekly_update.copied").count() == 1
        assert Ask.objects.filter(update=update).count() == 1

    def test_says_when_there_is_none(self, inside: Company, engagement: Engagement) -> None:
        with pytest.raises(WrongState):
            services.update_copy_from_previous(
                update=start(engagement, inside.cto), actor=inside.cto
            )


class TestSubmit:
    def test_writes_the_hours_down_and_locks_the_week(
        self, inside: Company, engagement: Engagement
    ) -> None:
        log(engagement, inside, D(2026, 10, 13), 150, category="strategy_and_roadmap")
        log(engagement, inside, D(2026, 10, 14), 240, category="delivery")
        log(engagement, inside, D(2026, 10, 9), 600)  # the week before, the same month
        update = sent(engagement, inside)
        minutes = {row["category"]: row["minutes"] for row in update.hours["categories"]}
        assert minutes["strategy_and_roadmap"] == 150
        assert minutes["delivery"] == 240
        assert update.hours["total_minutes"] == 390
        assert update.hours["month_used_minutes"] == 990
        assert update.hours["month_available_minutes"] == 2400
        assert len(engagement_figures.week_locks(engagement, WEEK_42)) == 1
        with pytest.raises(WrongState):
            log(engagement, inside, D(2026, 10, 14))

    def test_what_was_sent_stays_when_the_week_is_unlocked_and_changed(
        self, inside: Company, engagement: Engagement
    ) -> None:
        update = sent(engagement, inside)
        engagement_services.week_unlock(
            engagement=engagement, actor=inside.admin, week_start=WEEK_42, reason="Forgot a day"
        )
        log(engagement, inside, D(2026, 10, 14), 60)
        update.refresh_from_db()
        assert update.hours["total_minutes"] == 0

    @pytest.mark.parametrize(("minutes", "late"), [(0, False), (1, True)])
    def test_is_late_after_the_due_time(
        self,
        inside: Company,
        engagement: Engagement,
        clock: time_machine.Traveller,
        minutes: int,
        late: bool,
    ) -> None:
        update = start(engagement, inside.cto, **FULL)
        clock.move_to(update.due_at + dt.timedelta(minutes=minutes))
        assert services.update_submit(update=update, actor=inside.cto).late is late

    def test_again_by_the_same_is_harmless_by_another_refused(
        self,
        inside: Company,
        engagement: Engagement,
        deputy: Member,
        clock: time_machine.Traveller,
    ) -> None:
        update = sent(engagement, inside)
        clock.shift(60)
        again = services.update_submit(update=update, actor=inside.cto)
        assert again.submitted_at == update.submitted_at
        with pytest.raises(WrongState, match="Cto Northwind sent this update"):
            services.update_submit(update=update, actor=deputy)
        assert verbs(update).count("weekly_update.submitted") == 1

    @pytest.mark.parametrize(
        ("content", "field"),
        [
            ({"summary": "", "progress": " "}, "summary"),
            ({"asks": [Item(text="Vote", due_on=MON_19)]}, "asks.0.member"),
            ({"asks": [Item(due_on=MON_19)]}, "asks.0.text"),
            ({"blockers": [Item(due_on=MON_19)]}, "blockers.0.text"),
        ],
    )
    def test_refuses_an_unfinished_letter(
        self, inside: Company, engagement: Engagement, content: dict[str, Any], field: str
    ) -> None:
        update = start(engagement, inside.cto, **(FULL | content))
        with pytest.raises(Invalid) as caught:
            services.update_submit(update=update, actor=inside.cto)
        assert field in caught.value.errors
        update.refresh_from_db()
        assert update.is_draft

    @pytest.mark.parametrize(("day", "fine"), [(14, False), (15, True)])
    def test_dates_that_have_passed_at_the_client_are_refused(
        self, inside: Company, engagement: Engagement, day: int, fine: bool
    ) -> None:
        due_on = D(2026, 10, day)
        update = start(
            engagement,
            inside.cto,
            **FULL,
            asks=[ask(inside.finance, due_on=due_on)],
            blockers=[Item(text="No owner", due_on=due_on)],
        )
        if fine:
            assert services.update_submit(update=update, actor=inside.cto).status == "submitted"
            return
        with pytest.raises(Invalid) as caught:
            services.update_submit(update=update, actor=inside.cto)
        assert caught.value.errors["blockers.0.due_on"] == (
            "Blocker 1: Wed 14 Oct has passed. Set a new date, or clear the blocker."
        )
        assert "asks.0.due_on" in caught.value.errors

    def test_today_is_the_clients_not_the_servers(
        self, inside: Company, engagement: Engagement, clock: time_machine.Traveller
    ) -> None:
        update = start(
            engagement, inside.cto, **FULL, asks=[ask(inside.finance, due_on=D(2026, 10, 15))]
        )
        clock.move_to(dt.datetime(2026, 10, 16, 3, tzinfo=dt.UTC))  # 23:00 on the 15th in New York
        assert services.update_submit(update=update, actor=inside.cto).status == "submitted"

    def test_the_whole_text_stands_in_the_trail(
        self, inside: Company, engagement: Engagement
    ) -> None:
        update = sent(engagement, inside)
        event = AuditEvent.objects.get(target_id=update.pk, verb="weekly_update.submitted")
        assert event.changes["summary"] == FULL["summary"]
        assert event.actor_id == inside.cto.pk


def test_two_weeks_of_two_engagements_do_not_mix(inside: Company, engagement: Engagement) -> None:
    other = make_engagement(inside, title="Second")
    sent(engagement, inside, WEEK_40, asks=[ask(inside.finance)])
    assert not Ask.objects.filter(update=start(other, inside.cto, WEEK_41)).exists()
