"""The engagement itself: who, what for, from when, and whether it runs."""

import copy
import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import Max, Min

from engagements import policies
from engagements.models import (
    FIRST_YEAR,
    LAST_YEAR,
    TRANSITIONS,
    DailyRun,
    Engagement,
    Pause,
    StatusChange,
    TimeEntry,
    transition_of,
)
from engagements.services.integration import plan_seed
from engagements.services.rows import check_unmodified, engagement_for_change, member_of
from engagements.telling import page_of, tell
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid
from tenants.holding import put
from tenants.models import Member
from tenants.permissions import Role
from tenants.services import validate
from tenants.ui.formats import day_full

FIELDS = [
    "title",
    "purpose",
    "cto",
    "sponsor",
    "starts_on",
    "ends_on",
    "model",
    "alert_percents",
    "renewal_lead_days",
    "closes_on_working_day",
]
REASON_MOST = 500
Status = Engagement.Status


@transaction.atomic
def engagement_create(
    *,
    actor: Actor,
    title: str,
    cto: Member,
    starts_on: dt.date,
    sponsor: Member | None = None,
    purpose: str = "",
    ends_on: dt.date | None = None,
    model: str = "",
    status: str = Status.PROPOSED,
    **settings: Any,
) -> Engagement:
    """A new engagement, proposed or active at once; raises Denied, Invalid.

    `settings` are `alert_percents`, `renewal_lead_days` and `closes_on_working_day`.
    """
    policies.check_can_create_engagement(actor=actor)
    if status not in (Status.PROPOSED, Status.ACTIVE):
        raise Invalid({"status": "A new engagement is proposed or active."})
    engagement = Engagement(
        title=title.strip(),
        purpose=purpose.strip(),
        cto=cto,
        sponsor=sponsor,
        starts_on=starts_on,
        ends_on=ends_on,
        model=model,
        status=status,
        **settings,
    )
    _check(engagement)
    _check_people(engagement, {"cto", "sponsor"})
    engagement.save(force_insert=True)
    DailyRun.objects.bulk_create([DailyRun()], ignore_conflicts=True)
    audit.record(
        actor=actor,
        verb="engagement.created",
        target=engagement,
        changes={"cto": cto.name, "starts_on": starts_on, "status": status},
    )
    plan_seed(engagement=engagement, actor=actor)
    return engagement


@transaction.atomic
def engagement_update(
    *,
    engagement: Engagement,
    actor: Actor,
    changes: dict[str, Any],
    if_unmodified: dt.datetime | None = None,
) -> Engagement:
    """Change fields of an engagement, and its `status` along the transitions.

    Raises Denied, Invalid, StaleVersion, and WrongState when it has ended or when a changed date
    would move what a locked week counts on. Nothing is written when nothing differs.
    """
    engagement = engagement_for_change(engagement.pk)
    check_unmodified(engagement, if_unmodified)
    changes = dict(changes)
    status = changes.pop("status", engagement.status)
    reason = changes.pop("reason", "")
    before = copy.copy(engagement)
    put(engagement, changes, FIELDS)
    differences = audit.changed(before, engagement, FIELDS)
    if differences or status == before.status:
        policies.check_can_change_engagement(actor=actor, engagement=before)
    if differences:
        _check(engagement)
        _check_people(engagement, differences.keys())
        _check_dates(before, engagement)
        engagement.save()
        audit.record(actor=actor, verb="engagement.updated", target=engagement, changes=differences)
    if status != before.status:
        return engagement_transition(
            engagement=engagement, actor=actor, status=status, reason=reason
        )
    return engagement


@transaction.atomic
def engagement_transition(
    *, engagement: Engagement, actor: Actor, status: str, reason: str = ""
) -> Engagement:
    """Move an engagement to `status` as of today at the client's, and record why.

    Pausing stops the grant from today on, resuming starts it again today, ending makes today the
    last day unless an earlier end was agreed. Already there: nothing happens. Raises Denied,
    WrongState, and Invalid for a reason above 500 characters.
    """
    engagement = engagement_for_change(engagement.pk)
    if status not in TRANSITIONS:
        raise Invalid({"status": f"There is no status {status!r}."})
    if status == engagement.status:
        policies.check_can_create_engagement(actor=actor)
        return engagement
    policies.check_can_move_engagement(actor=actor, engagement=engagement, status=status)
    reason = reason.strip()
    if len(reason) > REASON_MOST:
        raise Invalid({"reason": f"Say why in up to {REASON_MOST} characters."})
    before = copy.copy(engagement)
    today = engagement.tenant.today
    engagement.status = status
    if status == Status.PAUSED:
        _pause(engagement, today)
    elif before.status == Status.PAUSED:
        _resume(engagement, today if status == Status.ACTIVE else today + dt.timedelta(days=1))
    if status == Status.ENDED:
        _end(engagement, today)
    engagement.save()
    _record_step(before, engagement, actor=actor, reason=reason, today=today)
    return engagement


def _record_step(
    before: Engagement, after: Engagement, *, actor: Actor, reason: str, today: dt.date
) -> None:
    """The step in the engagement's own history, in the trail, and to its people."""
    step = transition_of(before.status, after.status)
    StatusChange.objects.create(
        engagement=after,
        before=before.status,
        after=after.status,
        effective_on=today,
        changed_by=member_of(actor),
        reason=reason,
    )
    changes: dict[str, Any] = dict(audit.changed(before, after, ["status", "ends_on"]))
    audit.record(
        actor=actor,
        verb=f"engagement.{step.verb}",
        target=after,
        changes=changes | ({"reason": reason} if reason else {}),
    )
    tell(
        after,
        kind="engagement.moved",
        title=f"{after.title} was {step.verb}",
        body=reason,
        link=page_of(after),
        actor=actor,
        target=after,
    )


def _pause(engagement: Engagement, today: dt.date) -> None:
    """Open a pause from today; one that ended today goes on, so that days are counted once."""
    last = Pause.objects.filter(engagement=engagement, resumes_on=today).last()
    if last is not None:
        last.resumes_on = None
        last.save(update_fields=["resumes_on", "updated_at"])
    else:
        Pause.objects.create(engagement=engagement, starts_on=max(today, engagement.starts_on))


def _resume(engagement: Engagement, day: dt.date) -> None:
    """Close the open pause: `day` is the first one that counts again."""
    pause = Pause.objects.filter(engagement=engagement, resumes_on=None).get()
    pause.resumes_on = max(day, pause.starts_on)
    pause.save(update_fields=["resumes_on", "updated_at"])


def _end(engagement: Engagement, today: dt.date) -> None:
    """The last day is today; before the start it is the first one, so that the dates stay sane."""
    agreed = engagement.ends_on or today
    engagement.ends_on = max(engagement.starts_on, min(agreed, today))


def _check(engagement: Engagement) -> None:
    """Raise Invalid unless fields and dates fit together."""
    engagement.alert_percents = sorted(set(engagement.alert_percents))
    validate(engagement)
    errors = {}
    for field in ("starts_on", "ends_on"):
        day = getattr(engagement, field)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            errors[field] = f"Choose a date between {FIRST_YEAR} and {LAST_YEAR}."
    if engagement.ends_on is not None and engagement.ends_on < engagement.starts_on:
        errors.setdefault("ends_on", "The end is before the start. Choose a later date.")
    if errors:
        raise Invalid(errors)


def _check_people(engagement: Engagement, chosen: Collection[str]) -> None:
    """Raise Invalid unless those who were chosen just now serve in their roles.

    Somebody who left since then stays on record, and does not block a change of the title.
    """
    errors, cto, sponsor = {}, engagement.cto, engagement.sponsor
    if "cto" in chosen and not _serves(cto, Role.CTO):
        errors["cto"] = f"{cto.name} is not an active member with the role CTO."
    if "sponsor" in chosen and sponsor and not _serves(sponsor, Role.EXECUTIVE, Role.ADMIN):
        errors["sponsor"] = f"{sponsor.name} is not an active member with the role Executive."
    if errors:
        raise Invalid(errors)


def _serves(member: Member, *roles: Role) -> bool:
    return member.is_nameable and any(member.has_role(role) for role in roles)


def _check_dates(before: Engagement, after: Engagement) -> None:
    """Raise Invalid when logged time would fall outside, WrongState over locked weeks."""
    today = after.tenant.today
    logged = TimeEntry.objects.filter(engagement=after).aggregate(
        first=Min("date"), last=Max("date")
    )
    if logged["first"] and after.starts_on > logged["first"]:
        first = day_full(logged["first"])
        raise Invalid({"starts_on": f"Time is logged from {first} on. Start no later."})
    if logged["last"] and after.ends_on and after.ends_on < logged["last"]:
        last = day_full(logged["last"])
        raise Invalid({"ends_on": f"Time is logged up to {last}. End no earlier."})
    touched = []
    if before.starts_on != after.starts_on:
        touched.append(min(before.starts_on, after.starts_on))
    if before.ends_on != after.ends_on:
        touched.append(min(day for day in (before.ends_on, after.ends_on) if day is not None))
    if touched:
        policies.check_no_locked_time_from(engagement=after, day=min(touched), today=today)
