"""The charter: drafts, versions, acknowledgements, reviews."""

import copy
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from engagements import notices_working as notices
from engagements import policies_charter as policies
from engagements.boundaries import steps_of
from engagements.charter_template import (
    DEFAULT_CLAUSES,
    DEFAULT_STEPS,
    default_decisions,
    default_response_times,
)
from engagements.models import (
    Charter,
    CharterAcknowledgement,
    Clause,
    Engagement,
    EscalationStep,
)
from engagements.models.engagement import FIRST_YEAR, LAST_YEAR
from engagements.services.charter_checks import (
    check_channels,
    check_clauses,
    check_decisions,
    check_response_times,
    check_steps,
    missing_for_publication,
)
from engagements.services.rows import check_unmodified, engagement_for_change
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound
from tenants.models import Member
from tenants.services import validate
from tenants.ui.formats import day_full

MAPS: dict[
    str, Callable[[Mapping[str, Any]], Mapping[str, Any]]
] = {  # fields that are changed key by key, and what checks them
    "clauses": check_clauses,
    "response_times": check_response_times,
    "decisions": check_decisions,
}
FIELDS = [
    "summary",
    *MAPS,
    "deputy_from_days",
    "normal_channel",
    "urgent_channel",
    "effective_on",
    "review_on",
]
REVIEW_AFTER = dt.timedelta(days=182)  # what a new version proposes

StepInput = Mapping[str, Any]  # {"role": "cto"} or {"member": Member}


@transaction.atomic
def charter_draft(
    *, engagement: Engagement, actor: Actor, changes: Mapping[str, Any] | None = None
) -> Charter:
    """The next version as a draft: from the template the first time, else from the latest version.

    `changes` are fields of `charter_update`, applied at once. Raises Denied; WrongState when a
    draft exists or the engagement has ended; Invalid.
    """
    engagement = engagement_for_change(engagement.pk)
    versions = Charter.objects.filter(engagement=engagement)
    draft = versions.filter(status=Charter.Status.DRAFT).first()
    policies.check_can_draft(actor=actor, engagement=engagement, draft=draft)
    latest: Charter | None = versions.published().order_by("-number").first()
    number = (versions.aggregate(last=Max("number"))["last"] or 0) + 1
    charter = _first(engagement, number) if latest is None else _next(latest, number)
    steps: Sequence[StepInput] = (
        DEFAULT_STEPS
        if latest is None
        else [{"role": step.role, "member": step.member} for step in steps_of(latest)]
    )
    wanted = dict(changes or {})
    steps = wanted.pop("escalation_path", steps)
    _apply(charter, wanted)
    _check(charter)
    check_steps(steps, kept=[step.get("member") for step in steps] if latest else ())
    charter.save(force_insert=True)
    _write_steps(charter, steps)
    audit.record(
        actor=actor,
        verb="charter.drafted",
        target=charter,
        changes={"engagement": engagement.pk, "version": number},
    )
    return charter


@transaction.atomic
def charter_update(
    *,
    charter: Charter,
    actor: Actor,
    changes: Mapping[str, Any],
    if_unmodified: dt.datetime | None = None,
) -> Charter:
    """Change a draft; `clauses`, `response_times` and `decisions` are merged key by key,
    `escalation_path` (a list of `{"role"}` or `{"member"}`) replaces the old one.

    Raises Denied, Invalid, StaleVersion, and WrongState once it is published. Nothing is written
    when nothing differs.
    """
    charter = _for_change(charter)
    check_unmodified(charter, if_unmodified)
    policies.check_can_edit(actor=actor, charter=charter)
    before = copy.copy(charter)
    before.clauses, before.response_times, before.decisions = (
        dict(charter.clauses),
        dict(charter.response_times),
        dict(charter.decisions),
    )
    wanted = dict(changes)
    steps: Sequence[StepInput] | None = wanted.pop("escalation_path", None)
    _apply(charter, wanted)
    _check(charter)
    differences: dict[str, Any] = {
        name: pair
        for name, pair in audit.changed(before, charter, FIELDS).items()
        if name != "clauses"
    }
    differences |= _changed_clauses(before, charter)
    if steps is not None:
        old = [(step.role, step.member_id) for step in steps_of(charter)]
        check_steps(steps, kept=[step.member for step in steps_of(charter)])
        new = [_step_key(step) for step in steps]
        if old != new:
            _write_steps(charter, steps)
            differences["escalation_path"] = [len(old), len(new)]
    if differences:
        charter.save()
        audit.record(actor=actor, verb="charter.changed", target=charter, changes=differences)
    return charter


@transaction.atomic
def charter_discard(*, charter: Charter, actor: Actor) -> None:
    """Throw a draft away; raises Denied, NotFound, WrongState once it is published."""
    charter = _for_change(charter)
    policies.check_can_edit(actor=actor, charter=charter)
    audit.record(
        actor=actor,
        verb="charter.discarded",
        target=charter,
        changes={"engagement": charter.engagement_id, "version": charter.number},
    )
    charter.delete()


@transaction.atomic
def charter_publish(
    *,
    charter: Charter,
    actor: Actor,
    effective_on: dt.date | None = None,
    review_on: dt.date | None = None,
) -> Charter:
    """Put a draft in force from a date (today without one); its text never changes afterwards.

    The first version may begin as early as the engagement, later ones today and not before the
    version that they replace. The review comes half a year later unless another date is given.
    Raises Denied, WrongState, and Invalid naming each clause that is empty.
    """
    charter = _for_change(charter)
    policies.check_can_publish(actor=actor, charter=charter)
    steps = steps_of(charter)
    charter.effective_on = effective_on or charter.effective_on or charter.tenant.today
    charter.review_on = review_on or charter.review_on or charter.effective_on + REVIEW_AFTER
    errors = missing_for_publication(charter, steps) | _date_errors(charter)
    if errors:
        raise Invalid(errors)
    charter.status = Charter.Status.PUBLISHED
    charter.published_at = timezone.now()
    charter.published_by_name = actor.actor_name[:200]
    charter.save()
    audit.record(
        actor=actor,
        verb="charter.published",
        target=charter,
        changes={
            "engagement": charter.engagement_id,
            "version": charter.number,
            "effective_on": charter.effective_on,
            "review_on": charter.review_on,
        },
    )
    notices.tell_published(charter, actor)
    return charter


@transaction.atomic
def charter_acknowledge(*, charter: Charter, actor: Actor) -> CharterAcknowledgement:
    """The acting member has read this version; harmless when repeated.

    Raises Denied for observers and service keys, WrongState for a draft and for a version that
    another one has replaced.
    """
    charter = _for_change(charter)
    policies.check_can_acknowledge(actor=actor, charter=charter, latest=_latest(charter))
    found: CharterAcknowledgement | None = CharterAcknowledgement.objects.filter(
        charter=charter, member_id=actor.actor_id
    ).first()
    if found is not None:
        return found
    row: CharterAcknowledgement = CharterAcknowledgement.objects.create(
        charter=charter, member_id=actor.actor_id
    )
    audit.record(
        actor=actor,
        verb="charter.acknowledged",
        target=charter,
        changes={"version": charter.number},
    )
    notices.settle_acknowledged(charter, row.member)
    return row


@transaction.atomic
def charter_review(*, charter: Charter, actor: Actor, review_on: dt.date) -> Charter:
    """The version was looked at and stays as it is until the next review on `review_on`.

    Raises Denied, WrongState unless it is the latest published one, Invalid for a date that is
    not to come. The same review twice on one day writes one event.
    """
    charter = _for_change(charter)
    policies.check_can_review(actor=actor, charter=charter, latest=_latest(charter))
    today = charter.tenant.today
    if not today < review_on <= dt.date(LAST_YEAR, 12, 31):
        raise Invalid({"review_on": "Choose a day to come: the next review is due then."})
    before = copy.copy(charter)
    charter.reviewed_on, charter.review_on = today, review_on
    differences = audit.changed(before, charter, ["reviewed_on", "review_on"])
    if differences:
        charter.save(update_fields=["reviewed_on", "review_on", "updated_at"])
        audit.record(actor=actor, verb="charter.reviewed", target=charter, changes=differences)
        notices.remind_of_review(charter)
    return charter


@transaction.atomic
def charter_remind(*, charter: Charter, actor: Actor) -> list[UUID]:
    """Ask those who have not acknowledged the latest version once more, each once a day.

    Answers whom it told. Raises Denied, WrongState for a draft and for a version that another one
    has replaced.
    """
    charter = _for_change(charter)
    policies.check_can_remind(actor=actor, charter=charter, latest=_latest(charter))
    told = notices.tell_unacknowledged(charter, actor)
    if told:
        audit.record(
            actor=actor,
            verb="charter.reminded",
            target=charter,
            changes={"version": charter.number, "people": len(told)},
        )
    return told


def _for_change(charter: Charter) -> Charter:
    """The version, its engagement held first; raises NotFound."""
    engagement_for_change(charter.engagement_id)
    found: Charter | None = (
        Charter.objects.with_channels()
        .select_related("tenant")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=charter.pk)
        .first()
    )
    if found is None:
        raise NotFound("This draft is no longer there.")
    return found


def _latest(charter: Charter) -> Charter | None:
    """The published version with the highest number; its engagement is held."""
    found: Charter | None = (
        Charter.objects.filter(engagement_id=charter.engagement_id)
        .published()
        .order_by("-number")
        .first()
    )
    return found


def _first(engagement: Engagement, number: int) -> Charter:
    """The template: eight clauses to be read, changed and agreed."""
    return Charter(
        engagement=engagement,
        number=number,
        clauses=dict(DEFAULT_CLAUSES),
        response_times=default_response_times(),
        decisions=default_decisions(),
        deputy_from_days=5,
    )


def _next(latest: Charter, number: int) -> Charter:
    """A copy of the latest version without its dates."""
    return Charter(
        engagement=latest.engagement,
        number=number,
        clauses=dict(latest.clauses),
        response_times=dict(latest.response_times),
        decisions=dict(latest.decisions),
        deputy_from_days=latest.deputy_from_days,
        normal_channel=latest.normal_channel,
        urgent_channel=latest.urgent_channel,
    )


def _apply(charter: Charter, changes: Mapping[str, Any]) -> None:
    for field in FIELDS:
        if field not in changes:
            continue
        value = changes[field]
        if field in MAPS:
            value = {**getattr(charter, field), **MAPS[field](value)}
        elif isinstance(value, str):
            value = value.strip()
        setattr(charter, field, value)


def _check(charter: Charter) -> None:
    validate(charter)
    errors = check_channels(charter)
    for field in ("effective_on", "review_on"):
        day = getattr(charter, field)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            errors[field] = f"Choose a date between {FIRST_YEAR} and {LAST_YEAR}."
    if errors:
        raise Invalid(errors)


def _date_errors(charter: Charter) -> dict[str, str]:
    """What is wrong with the dates of a version that is to be published."""
    assert charter.effective_on is not None  # noqa: S101  for the type checker
    assert charter.review_on is not None  # noqa: S101
    today, engagement, latest = charter.tenant.today, charter.engagement, _latest(charter)
    errors = {}
    if latest is None:
        earliest = min(today, engagement.starts_on)
        words = f"It cannot begin before the engagement, on {day_full(earliest)}."
    else:
        earliest = max(today, latest.effective_on or today)
        words = (
            f"Version {latest.number} holds until then. Choose {day_full(earliest)} or a later day."
        )
    if charter.effective_on < earliest:
        errors["effective_on"] = words
    elif engagement.ends_on is not None and charter.effective_on > engagement.ends_on:
        errors["effective_on"] = "The engagement has ended by then. Choose an earlier date."
    elif charter.effective_on.year > LAST_YEAR:
        errors["effective_on"] = f"Choose a date up to {LAST_YEAR}."
    if charter.review_on <= max(charter.effective_on, today):
        errors["review_on"] = "Choose a day after it begins, and to come."
    elif charter.review_on.year > LAST_YEAR:
        errors["review_on"] = f"Choose a date up to {LAST_YEAR}."
    return errors


def _changed_clauses(before: Charter, after: Charter) -> dict[str, Any]:
    """Which clauses differ, as how many characters: the texts themselves stand in the versions."""
    return {
        f"clause_{clause}": [len(before.text_of(clause)), len(after.text_of(clause))]
        for clause in Clause.values
        if before.text_of(clause) != after.text_of(clause)
    }


def _write_steps(charter: Charter, steps: Sequence[StepInput]) -> None:
    EscalationStep.objects.filter(charter=charter).delete()
    EscalationStep.objects.bulk_create(
        EscalationStep(
            charter=charter,
            position=place,
            role=step.get("role") or "",
            member=step.get("member"),
        )
        for place, step in enumerate(steps, start=1)
    )


def _step_key(step: StepInput) -> tuple[str, Any]:
    member: Member | None = step.get("member")
    return step.get("role") or "", member.pk if member else None
