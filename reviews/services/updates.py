"""The life of a weekly update: draft, sent, acknowledged."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from engagements.models import Engagement
from engagements.services import week_lock
from engagements.services.rows import engagement_for_change
from reviews import notices, policies, weeks
from reviews.content import FIELDS, Content, complete_errors, put
from reviews.models import Ask, Blocker, WeeklyUpdate
from reviews.prefill import prefilled, previous_of, same_ticks
from reviews.services.items import carry_over, member_or_none, replace_items
from reviews.services.rows import update_for_change
from reviews.snapshots import hours_of, kpis_of
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, StaleVersion, WrongState
from tenants.open_forms import is_fresh, is_same_form

Status = WeeklyUpdate.Status


@transaction.atomic
def update_start(
    *, engagement: Engagement, actor: Actor, week_start: dt.date, content: Content | None = None
) -> tuple[WeeklyUpdate, bool]:
    """The letter of this week, and whether it is new: there is one per engagement and week.

    A new one is prefilled with what is still open of the letter before: blockers, asks and which
    figures were shown. `content` is written into a new one only. Raises Denied; WrongState when the
    engagement has ended; Invalid unless `week_start` begins a week of the client's that has come.
    """
    engagement = engagement_for_change(engagement.pk)  # two people starting it: one makes it
    check_can_start(actor=actor, engagement=engagement, week_start=week_start)
    of_engagement = WeeklyUpdate.objects.filter(engagement=engagement)
    found: WeeklyUpdate | None = of_engagement.of_week(week_start).with_people().first()
    if found is not None:
        return found, False
    update = prefilled(engagement, week_start, author=member_or_none(actor) or engagement.cto)
    update.saved_by = member_or_none(actor)
    content = content or Content()
    put(update, content.fields)
    update.save(force_insert=True)
    previous = previous_of(update)
    if previous is not None:
        carry_over(update, previous)
    _put_items(update, content)
    audit.record(
        actor=actor,
        verb="weekly_update.started",
        target=update,
        changes={"engagement": engagement.pk, "week_start": week_start},
    )
    return update, True


@transaction.atomic
def update_save_draft(
    *,
    update: WeeklyUpdate,
    actor: Actor,
    content: Content,
    version: int | None = None,
    saved_from: str = "",
) -> WeeklyUpdate:
    """Save part of a draft; one that changes nothing is harmless.

    `version` is what the writer read and `saved_from` names their open form: StaleVersion when
    another form or person saved since (None saves anyway). Raises Denied; WrongState once it is
    sent; Invalid for texts that are too long. The trail notes each open form once, and every save
    that names none; the whole text stands in the trail when it is sent.
    """
    update = update_for_change(update.pk)
    policies.check_can_edit_draft(actor=actor, update=update)
    if not is_fresh(update, version=version, saved_from=saved_from):
        raise StaleVersion(stale_words(update))
    changes = _put(update, content)
    if not changes:
        return update
    same_form = is_same_form(update, saved_from)
    update.version += 1
    update.saved_from, update.saved_by = saved_from, member_or_none(actor)
    update.save()
    if not same_form:
        audit.record(
            actor=actor,
            verb="weekly_update.edited",
            target=update,
            changes={"fields": sorted(changes)},
        )
    return update


@transaction.atomic
def update_copy_from_previous(*, update: WeeklyUpdate, actor: Actor) -> WeeklyUpdate:
    """Fill what is still empty from the letter before; nothing that was written is replaced.

    What was planned then becomes what is done; risks and the shown figures stay; open blockers and
    asks come back. Where there is nothing to bring nothing is written. Raises Denied, WrongState
    once sent or when there is no letter before.
    """
    update = update_for_change(update.pk)
    policies.check_can_edit_draft(actor=actor, update=update)
    previous = previous_of(update)
    if previous is None:
        raise WrongState("There is no update before this one to copy from.")
    before = _fields_of(update)
    update.progress = update.progress or previous.next_week
    update.risks = update.risks or previous.risks
    update.health = update.health or previous.health
    update.confidence = update.confidence or previous.confidence
    update.kpi_notes = same_ticks(previous) | update.kpi_notes
    if not carry_over(update, previous) and _fields_of(update) == before:
        return update
    update.version += 1
    update.saved_from, update.saved_by = "", member_or_none(actor)
    update.save()
    changes = {"from": previous.pk}
    audit.record(actor=actor, verb="weekly_update.copied", target=update, changes=changes)
    return update


@transaction.atomic
def update_submit(*, update: WeeklyUpdate, actor: Actor) -> WeeklyUpdate:
    """Send the letter: its hours and figures are written down and the week's time is locked.

    Of two people who send it at once exactly one does; the other gets WrongState with who and when.
    Sending again what one sent oneself is harmless. Raises Denied, and Invalid for a letter without
    a summary or progress, an ask without a person or date, and dates that have passed.
    """
    update = update_for_change(update.pk)
    engagement = update.engagement
    if not update.is_draft and update.submitted_by_id == actor.actor_id:
        policies.check(actor, "update.write")
        return update
    policies.check_can_edit_draft(actor=actor, update=update)
    _check_complete(update, today=engagement.tenant.today)
    update.kpis = kpis_of(update)
    update.hours = hours_of(engagement, update.week_start)
    update.status = Status.SUBMITTED
    update.submitted_at, update.submitted_by = timezone.now(), member_or_none(actor)
    update.version += 1
    update.save()
    week_lock(engagement=engagement, actor=actor, week_start=update.week_start)
    audit.record(
        actor=actor,
        verb="weekly_update.submitted",
        target=update,
        changes={**_fields_of(update), "late": update.late, "hours": update.hours},
    )
    notices.tell_submitted(update, actor)
    return update


@transaction.atomic
def update_revise(*, update: WeeklyUpdate, actor: Actor, content: Content) -> WeeklyUpdate:
    """Change a sent letter that nobody has acknowledged; its hours and figures stay as sent.

    Raises Denied; WrongState for a draft or once it is acknowledged; Invalid as `update_submit`,
    where dates count from the day it was sent.
    """
    update = update_for_change(update.pk)
    policies.check_can_revise_update(actor=actor, update=update)
    changes = _put(update, content)
    if not changes:
        return update
    sent_at = update.submitted_at or timezone.now()
    _check_complete(update, today=sent_at.astimezone(update.engagement.tenant.zone).date())
    for row in update.kpis:
        row.update(update.kpi_notes.get(row["kpi"], {}))
    update.version += 1
    update.save()
    audit.record(actor=actor, verb="weekly_update.revised", target=update, changes=changes)
    return update


@transaction.atomic
def update_acknowledge(*, update: WeeklyUpdate, actor: Actor) -> WeeklyUpdate:
    """The client has read it; the first who says so is recorded, again is harmless.

    Raises Denied for others than executives and admins, WrongState for a draft.
    """
    update = update_for_change(update.pk)
    policies.check_can_acknowledge_update(actor=actor, update=update)
    if update.status == Status.ACKNOWLEDGED:
        return update
    update.status = Status.ACKNOWLEDGED
    update.acknowledged_at, update.acknowledged_by = timezone.now(), member_or_none(actor)
    update.save(update_fields=["status", "acknowledged_at", "acknowledged_by", "updated_at"])
    audit.record(actor=actor, verb="weekly_update.acknowledged", target=update)
    notices.tell_acknowledged(update, actor)
    return update


def check_can_start(*, actor: Actor, engagement: Engagement, week_start: dt.date) -> None:
    """Raise as `update_start` would, without starting it."""
    policies.check_can_start_update(actor=actor, engagement=engagement)
    _check_week(engagement, week_start)


def stale_words(update: WeeklyUpdate) -> str:
    """Who saved the draft in the meantime, and when."""
    who = update.saved_by.name if update.saved_by else "A service"
    at = timezone.localtime(update.updated_at)
    return f"{who} changed this draft in the meantime, at {at:%H:%M}."


def _fields_of(update: WeeklyUpdate) -> dict[str, Any]:
    return {name: getattr(update, name) for name in FIELDS}


def _put(update: WeeklyUpdate, content: Content) -> dict[str, Any]:
    """Write the content into the letter; answers `{field: [before, after]}` of what differs."""
    before = _fields_of(update)
    put(update, content.fields)
    after = _fields_of(update)
    changes = {name: [before[name], after[name]] for name in FIELDS if before[name] != after[name]}
    return changes | _put_items(update, content)


def _put_items(update: WeeklyUpdate, content: Content) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if content.blockers is not None:
        changes |= replace_items(update, Blocker, content.blockers)
    if content.asks is not None:
        changes |= replace_items(update, Ask, content.asks)
    return changes


def _check_week(engagement: Engagement, week_start: dt.date) -> None:
    """Raise Invalid unless it begins a week of the client's, at most the next one."""
    tenant = engagement.tenant
    if not weeks.is_counted(week_start):
        raise Invalid({"week_start": "Use a week of this century, such as 2026-10-12."})
    this_week = weeks.week_start_of(tenant, tenant.today)
    if not weeks.is_week_start(tenant, week_start):
        first = weeks.week_start_of(tenant, week_start)
        name = tenant.get_week_start_display()
        raise Invalid(
            {"week_start": f"Weeks begin on a {name} at {tenant.name}. Use {first.isoformat()}."}
        )
    if week_start > this_week + weeks.WEEK:
        raise Invalid({"week_start": "This week is too far ahead. Write next week's at most."})


def _check_complete(update: WeeklyUpdate, *, today: dt.date) -> None:
    """Raise Invalid with everything that keeps the letter from being sent."""
    errors = complete_errors(
        update,
        blockers=list(Blocker.objects.filter(update=update)),
        asks=list(Ask.objects.filter(update=update)),
        today=today,
    )
    if errors:
        raise Invalid(errors)
