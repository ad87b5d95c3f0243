"""The integration plan and the people map."""

import copy
import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from engagements import policies_charter as policies
from engagements.integration_template import TEMPLATE
from engagements.models import Engagement, IntegrationActivity, Stakeholder
from engagements.models.engagement import FIRST_YEAR, LAST_YEAR
from engagements.services.rows import (
    check_unmodified,
    engagement_for_change,
    id_of,
    made_before,
)
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound, WrongState
from tenants.holding import put
from tenants.models import Member
from tenants.services import validate
from tenants.ui.formats import day_full

ACTIVITY_FIELDS = [
    "phase", "kind", "title", "person", "planned_on", "status", "done_on", "outcome",
]  # fmt: skip
PERSON_FIELDS = ["name", "department", "role", "influence", "support", "notes", "member"]
PRIVATE_FIELDS = frozenset({"support", "notes"})
MOST_ACTIVITIES = 300
Status = IntegrationActivity.Status


@transaction.atomic
def plan_start(*, engagement: Engagement, actor: Actor) -> list[IntegrationActivity]:
    """Give an engagement the template's activities, dated from its start (from today when that
    has passed); nothing happens where a plan exists. Raises Denied, WrongState."""
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_manage_plan(actor=actor, engagement=engagement)
    return plan_seed(engagement=engagement, actor=actor, begins=engagement.tenant.today)


def plan_seed(
    *, engagement: Engagement, actor: Actor, begins: dt.date | None = None
) -> list[IntegrationActivity]:
    """The template's activities of an engagement that the caller holds, once."""
    if IntegrationActivity.objects.filter(engagement=engagement).exists():
        return []
    start = max(engagement.starts_on, begins) if begins else engagement.starts_on
    made: list[IntegrationActivity] = IntegrationActivity.objects.bulk_create(
        IntegrationActivity(
            engagement=engagement,
            phase=row.phase,
            kind=row.kind,
            title=row.title,
            position=sum(each.phase == row.phase for each in TEMPLATE[:place]),
            planned_on=start + dt.timedelta(days=row.after_days),
        )
        for place, row in enumerate(TEMPLATE)
    )
    audit.record(
        actor=actor,
        verb="integration.started",
        target=engagement,
        changes={"activities": len(made)},
    )
    return made


@transaction.atomic
def activity_add(
    *,
    engagement: Engagement,
    actor: Actor,
    phase: str,
    title: str,
    form_id: UUID | None = None,
    **fields: Any,
) -> IntegrationActivity:
    """One more activity, last in its phase; `fields` as in `activity_update`. A form that is sent
    twice makes one.

    Raises Denied, WrongState when the engagement has ended, Invalid.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_manage_plan(actor=actor, engagement=engagement)
    if known := made_before(IntegrationActivity, form_id):
        return known  # type: ignore[no-any-return]
    mine = IntegrationActivity.objects.filter(engagement=engagement)
    if mine.count() >= MOST_ACTIVITIES:
        raise WrongState(f"A plan holds {MOST_ACTIVITIES} activities. Remove one first.")
    activity = IntegrationActivity(
        **id_of(form_id),
        engagement=engagement,
        phase=phase,
        title=title.strip(),
        position=_last(engagement, phase),
    )
    _apply(activity, fields)
    _check(activity)
    activity.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="integration.added",
        target=activity,
        changes={"engagement": engagement.pk, "phase": activity.phase, "status": activity.status},
    )
    return activity


@transaction.atomic
def activity_update(
    *,
    activity: IntegrationActivity,
    actor: Actor,
    changes: Mapping[str, Any],
    if_unmodified: dt.datetime | None = None,
) -> IntegrationActivity:
    """Change an activity; `status` "done" asks for its outcome and takes today as its day unless
    `done_on` says another; `position` is its place in the phase, from 0.

    Raises Denied, StaleVersion, WrongState when the engagement has ended, Invalid. Nothing is
    written when nothing differs.
    """
    engagement_for_change(activity.engagement_id)
    activity = _activity_for_change(activity)
    check_unmodified(activity, if_unmodified)
    policies.check_can_manage_plan(actor=actor, engagement=activity.engagement)
    before = copy.copy(activity)
    _apply(activity, changes)
    if activity.phase != before.phase:
        activity.position = _last(activity.engagement, activity.phase)
    differences = audit.changed(before, activity, ACTIVITY_FIELDS)
    if differences:
        _check(activity)
        activity.save()
    if changes.get("position", activity.position) != activity.position:
        differences |= _place(activity, changes["position"])
    if differences:
        audit.record(actor=actor, verb="integration.changed", target=activity, changes=differences)
    return activity


@transaction.atomic
def activity_delete(*, activity: IntegrationActivity, actor: Actor) -> None:
    """Take an activity off the plan; raises Denied, NotFound, WrongState once it is done."""
    engagement_for_change(activity.engagement_id)
    activity = _activity_for_change(activity)
    policies.check_can_delete_activity(actor=actor, activity=activity)
    audit.record(
        actor=actor,
        verb="integration.deleted",
        target=activity,
        changes={"engagement": activity.engagement_id, "phase": activity.phase},
    )
    activity.delete()


@transaction.atomic
def stakeholder_add(
    *,
    engagement: Engagement,
    actor: Actor,
    name: str = "",
    form_id: UUID | None = None,
    **fields: Any,
) -> Stakeholder:
    """Put somebody on the map; a member's name and title are taken where none is given. A form
    that is sent twice does it once.

    Raises Denied, WrongState when the engagement has ended, Invalid: also for a member who stands
    on the map already.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_manage_people(actor=actor, engagement=engagement)
    if known := made_before(Stakeholder, form_id):
        return known  # type: ignore[no-any-return]
    person = Stakeholder(**id_of(form_id), engagement=engagement, name=name.strip())
    put(person, fields, PERSON_FIELDS)
    member = person.member
    if member is not None:
        person.name = person.name or member.name
        person.role = person.role or member.title
    if not person.name:
        raise Invalid({"name": "Give a name, or choose a member."})
    _check_person(person)
    person.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="stakeholder.added",
        target=person,
        changes={"engagement": engagement.pk, "department": person.department},
    )
    return person


@transaction.atomic
def stakeholder_update(
    *,
    person: Stakeholder,
    actor: Actor,
    changes: Mapping[str, Any],
    if_unmodified: dt.datetime | None = None,
) -> Stakeholder:
    """Change somebody on the map; the trail says that private fields changed, never how.

    Raises Denied, StaleVersion, WrongState when the engagement has ended, Invalid.
    """
    engagement_for_change(person.engagement_id)
    person = _person_for_change(person)
    check_unmodified(person, if_unmodified)
    policies.check_can_manage_people(actor=actor, engagement=person.engagement)
    before = copy.copy(person)
    put(person, changes, PERSON_FIELDS)
    differences: dict[str, Any] = audit.changed(before, person, PERSON_FIELDS)
    if not differences:
        return person
    _check_person(person)
    person.save()
    hidden = PRIVATE_FIELDS & differences.keys()
    for field in hidden:
        differences[field] = "changed"
    audit.record(actor=actor, verb="stakeholder.changed", target=person, changes=differences)
    return person


@transaction.atomic
def stakeholder_delete(*, person: Stakeholder, actor: Actor) -> None:
    """Take somebody off the map; activities with them stay and lose the person.

    Raises Denied, NotFound, and WrongState where something was done with them.
    """
    engagement_for_change(person.engagement_id)
    person = _person_for_change(person)
    policies.check_can_manage_people(actor=actor, engagement=person.engagement)
    theirs = IntegrationActivity.objects.filter(person=person)
    if theirs.filter(status=Status.DONE).exists():
        raise WrongState(f"What was done with {person.name} stays on record, and so do they.")
    theirs.update(person=None)
    audit.record(
        actor=actor,
        verb="stakeholder.deleted",
        target=person,
        changes={"engagement": person.engagement_id},
    )
    person.delete()


def _activity_for_change(activity: IntegrationActivity) -> IntegrationActivity:
    found: IntegrationActivity | None = (
        IntegrationActivity.objects.with_people()
        .select_for_update(of=("self",))
        .filter(pk=activity.pk)
        .first()
    )
    if found is None:
        raise NotFound("This activity is no longer there.")
    return found


def _person_for_change(person: Stakeholder) -> Stakeholder:
    found: Stakeholder | None = (
        Stakeholder.objects.with_people()
        .select_related("engagement__tenant")
        .select_for_update(of=("self",))
        .filter(pk=person.pk)
        .first()
    )
    if found is None:
        raise NotFound("This person is no longer on the map.")
    return found


def _apply(activity: IntegrationActivity, changes: Mapping[str, Any]) -> None:
    put(activity, changes, ACTIVITY_FIELDS)
    if activity.status == Status.DONE:
        activity.done_on = activity.done_on or activity.engagement.tenant.today
    elif "done_on" not in changes:
        activity.done_on = None


def _check(activity: IntegrationActivity) -> None:
    """Raise Invalid with each field that breaks a rule."""
    validate(activity)
    today, errors = activity.engagement.tenant.today, {}
    if activity.status == Status.DONE and not activity.outcome:
        errors["outcome"] = "Write down what came of it: then it is done."
    if activity.done_on is not None and activity.status != Status.DONE:
        errors["done_on"] = "Only what is done has such a day."
    elif activity.done_on is not None and activity.done_on > today:
        errors["done_on"] = f"It is {day_full(today)}. Choose a day that has come."
    for field in ("planned_on", "done_on"):
        day = getattr(activity, field)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            errors.setdefault(field, f"Choose a date between {FIRST_YEAR} and {LAST_YEAR}.")
    person = activity.person
    if person is not None and person.engagement_id != activity.engagement_id:
        errors["person"] = "This person stands on another engagement’s map."
    if errors:
        raise Invalid(errors)


def _last(engagement: Engagement, phase: str) -> int:
    """The place after all others of the phase."""
    mine = IntegrationActivity.objects.filter(engagement=engagement, phase=phase)
    last = mine.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _place(activity: IntegrationActivity, index: int) -> dict[str, list[int]]:
    """Put the activity at `index` of its phase (the end where that is beyond it) and number the
    phase anew; answers the change of its place."""
    rows = list(
        IntegrationActivity.objects.filter(
            engagement=activity.engagement, phase=activity.phase
        ).order_by("position", "id")
    )
    old = rows.index(activity)
    new = max(0, min(index, len(rows) - 1))
    if old == new:
        return {}
    rows.insert(new, rows.pop(old))
    for place, row in enumerate(rows):
        row.position = place
    IntegrationActivity.objects.bulk_update(rows, ["position"])
    activity.position = new
    return {"position": [old, new]}


def _check_person(person: Stakeholder) -> None:
    validate(person)
    member: Member | None = person.member
    same = Stakeholder.objects.filter(engagement=person.engagement, member=member)
    if member is not None and same.exclude(pk=person.pk).exists():
        raise Invalid({"member": f"{member.name} stands on the map already. Change that entry."})
