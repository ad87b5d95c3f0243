"""The running clock: one per person over all their companies."""

import copy
import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from engagements import policies
from engagements.clock import LONGEST, Measured, measure
from engagements.models import Engagement, TimeEntry, Timer
from engagements.services.rows import check_unmodified, engagement_for_change
from engagements.services.time import time_log
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Denied, Invalid, NotFound, WrongState
from tenants.holding import put
from tenants.models import AuditEvent, Member, User
from tenants.services import validate
from tenants.ui.formats import duration

FIELDS = ["category", "initiative", "note"]
MOST = dt.timedelta(days=7)


@dataclass(frozen=True)
class Running:
    """A person's clock, in whichever company it runs."""

    tenant_id: Any
    slug: str
    name: str
    started_at: dt.datetime


@dataclass(frozen=True)
class Stopped:
    """The entries a clock became, and what it measured exactly."""

    entries: list[TimeEntry]
    measured: Measured


@dataclass(frozen=True)
class Ended:
    """A clock that runs no more: whose work it measured, when it ended, what it logged (None:
    nothing, it was let go of)."""

    engagement: Engagement
    at: dt.datetime
    minutes: int | None


def ended_timer(*, actor: Actor, timer_id: UUID) -> Ended | None:
    """What became of a clock that `actor` stopped or let go of, as the trail says; two queries."""
    ended = AuditEvent.objects.filter(target_id=timer_id, actor_id=actor.actor_id)
    event = ended.filter(verb__in=("timer.stopped", "timer.discarded")).first()
    place = event.changes.get("engagement") if event is not None else None
    engagement = Engagement.objects.select_related("tenant").filter(pk=place).first()
    if event is None or engagement is None:
        return None
    return Ended(engagement, event.occurred_at, event.changes.get("minutes"))


def running_timer(user: User) -> Running | None:
    """The person's clock in any of their companies, through the door `timer_of`; one query."""
    with connection.cursor() as cursor:
        cursor.execute("select * from bowline.timer_of(%s)", [user.pk])
        row = cursor.fetchone()
    return Running(*row) if row else None


@transaction.atomic
def timer_start(
    *,
    engagement: Engagement,
    actor: Actor,
    category: str = TimeEntry.Category.OTHER,
    initiative: str | None = None,
    note: str = "",
) -> Timer:
    """Start the actor's clock on an engagement, from now on.

    Raises Denied (a service key has no clock), Invalid, and WrongState when the engagement does
    not run or a clock of this person runs already, here or at another company.
    """
    if not isinstance(actor, Member):
        raise Denied("A timer belongs to a person. Use a member’s key, or log the minutes.")
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_log_time(actor=actor, engagement=engagement, member=actor)
    if engagement.status != Engagement.Status.ACTIVE:
        now = engagement.get_status_display().lower()
        raise WrongState(f"The engagement is {now}: a timer runs only while it is active.")
    _hold_login(actor)
    running = running_timer(actor.user)
    if running is not None:
        raise WrongState(
            f"Your timer runs already, at {running.name} for {_since(running.started_at)}. "
            "Stop it first."
        )
    timer = Timer(engagement=engagement, member=actor, category=category)
    timer.initiative, timer.note = (initiative or "").strip() or None, note.strip()
    validate(timer)
    timer.save(force_insert=True)
    audit.record(
        actor=actor, verb="timer.started", target=timer, changes={"engagement": engagement.pk}
    )
    return timer


@transaction.atomic
def timer_update(
    *,
    timer: Timer,
    actor: Actor,
    changes: dict[str, Any],
    if_unmodified: dt.datetime | None = None,
) -> Timer:
    """Say what the clock runs for, while it runs; raises Denied, Invalid, NotFound. Nothing is
    written when nothing differs."""
    timer = _timer_for_change(timer)
    check_unmodified(timer, if_unmodified)
    policies.check_can_use_timer(actor=actor, timer=timer)
    before = copy.copy(timer)
    put(timer, changes, FIELDS)
    timer.initiative = timer.initiative or None
    if audit.changed(before, timer, FIELDS):
        validate(timer)
        timer.save()
    return timer


@transaction.atomic
def timer_stop(
    *,
    timer: Timer,
    actor: Actor,
    ended_at: dt.datetime | None = None,
    whole: bool = False,
    changes: dict[str, Any] | None = None,
) -> Stopped:
    """Stop the clock now (or as of `ended_at`) and log what it measured, a date of the client's
    calendar at a time, in whole minutes.

    After more than 12 hours the caller says when work ended, or `whole=True` to log all of it.
    `changes` are category, initiative and note. Raises as `time_log` does, and then the clock
    runs on; WrongState for a clock that asks; NotFound when it was stopped already.
    """
    engagement = engagement_for_change(_engagement_of(timer))
    timer = _timer_for_change(timer)
    policies.check_can_use_timer(actor=actor, timer=timer)
    now = timezone.now()
    end = ended_at or now
    if not timer.started_at <= end <= now:
        raise Invalid({"ended_at": "Choose a time between the timer’s start and now."})
    if ended_at is None and not whole and end - timer.started_at > LONGEST:
        raise WrongState(
            f"The timer ran for {_since(timer.started_at)}. Say when you stopped working, or that "
            "all of it was worked."
        )
    if end - timer.started_at > MOST:
        raise Invalid({"ended_at": f"A timer logs up to {MOST.days} days. Say when you stopped."})
    measured = measure(timer.started_at, end, engagement.tenant.zone)
    facts = {field: getattr(timer, field) for field in FIELDS} | (changes or {})
    entries = [
        time_log(
            engagement=engagement,
            actor=actor,
            member=timer.member,
            date=part.date,
            minutes=part.minutes,
            **facts,
        )
        for part in measured.parts
    ]
    audit.record(
        actor=actor,
        verb="timer.stopped",
        target=timer,
        changes={
            "engagement": engagement.pk,
            "seconds": measured.seconds,
            "minutes": measured.minutes,
        },
    )
    timer.delete()
    return Stopped(entries, measured)


@transaction.atomic
def timer_discard(*, timer: Timer, actor: Actor) -> None:
    """Stop the clock and log nothing; raises Denied, NotFound."""
    timer = _timer_for_change(timer)
    policies.check_can_use_timer(actor=actor, timer=timer)
    seconds = int((timezone.now() - timer.started_at).total_seconds())
    facts = {"engagement": timer.engagement_id, "seconds": seconds}
    audit.record(actor=actor, verb="timer.discarded", target=timer, changes=facts)
    timer.delete()


def _engagement_of(timer: Timer) -> Any:
    found = Timer.objects.filter(pk=timer.pk).values_list("engagement_id", flat=True).first()
    if found is None:
        raise NotFound("This timer was stopped already.")
    return found


def _timer_for_change(timer: Timer) -> Timer:
    found: Timer | None = (
        Timer.objects.select_related("member__user", "engagement__tenant")
        .select_for_update(of=("self",))
        .filter(pk=timer.pk)
        .first()
    )
    if found is None:
        raise NotFound("This timer was stopped already.")
    return found


def _hold_login(member: Member) -> None:
    """Hold the person's login, so that two companies cannot start a clock for them at once."""
    User.objects.select_for_update(no_key=True).get(pk=member.user_id)


def _since(started_at: dt.datetime) -> str:
    return duration(int((timezone.now() - started_at).total_seconds()) // 60)
