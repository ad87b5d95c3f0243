"""Initiatives and their milestones."""

import copy
import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from engagements import policies_roadmap as policies
from engagements.models import FIRST_YEAR, LAST_YEAR, Initiative, Milestone
from engagements.services.rows import (
    check_unmodified,
    hold_company,
    hold_currency,
    id_of,
    made_before,
)
from tenants import audit
from tenants.audit import Actor
from tenants.currencies import decimals_problem
from tenants.errors import Invalid, NotFound
from tenants.holding import row_for_change
from tenants.isolation import current_tenant_id
from tenants.models import Member, Tenant
from tenants.services import validate

SCORES = ["business_value", "resource_demand", "timeline", "risk"]
FIELDS = [
    "title", "expected_result", *SCORES, "horizon", "status", "progress_percent", "owner",
    "starts_on", "due_on", "budget_amount", "currency",
]  # fmt: skip
Status = Initiative.Status


@transaction.atomic
def initiative_create(
    *,
    actor: Actor,
    title: str,
    business_value: int,
    resource_demand: int,
    timeline: int,
    risk: int,
    expected_result: str = "",
    horizon: str = Initiative.Horizon.SHORT,
    status: str = Status.NOT_STARTED,
    progress_percent: int = 0,
    owner: Member | None = None,
    starts_on: dt.date | None = None,
    due_on: dt.date | None = None,
    budget_amount: Any = None,
    currency: str = "",
    form_id: UUID | None = None,
) -> Initiative:
    """A new initiative, with scores from 1 to 5; raises Denied, Invalid.

    One that is done from the start counts as done today. A budget is in the company's currency.
    A form that is sent twice (`form_id`) makes one.
    """
    policies.check_can_create_initiative(actor=actor)
    company = hold_company()
    if known := made_before(Initiative, form_id):
        return known  # type: ignore[no-any-return]
    initiative = Initiative(
        **id_of(form_id),
        title=title.strip(),
        expected_result=expected_result.strip(),
        business_value=business_value,
        resource_demand=resource_demand,
        timeline=timeline,
        risk=risk,
        horizon=horizon,
        status=status,
        progress_percent=progress_percent,
        owner=owner,
        starts_on=starts_on,
        due_on=due_on,
        budget_amount=budget_amount,
        currency=currency,
    )
    _settle(initiative, company)
    _check(initiative, company, people=owner is not None)
    initiative.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="initiative.created",
        target=initiative,
        changes={name: getattr(initiative, name) for name in FIELDS}
        | {"owner": owner.name if owner else None},
    )
    return initiative


@transaction.atomic
def initiative_update(
    *,
    initiative: Initiative,
    actor: Actor,
    changes: dict[str, Any],
    if_unmodified: dt.datetime | None = None,
) -> Initiative:
    """Change an initiative; its owner may change status and progress alone.

    Done sets the progress to 100 % and the day. Raises Denied, Invalid, StaleVersion, and
    WrongState for a status that does not follow on the present one, or when it is done and stays
    so. Nothing is written when nothing differs.
    """
    initiative = initiative_for_change(initiative.pk)
    check_unmodified(initiative, if_unmodified)
    policies.check_can_report_progress(actor=actor, initiative=initiative)
    before = copy.copy(initiative)
    status = changes.get("status", initiative.status)
    if status != initiative.status and status in Status.values:
        policies.check_can_move_initiative(actor=actor, initiative=initiative, status=status)
    for name in FIELDS:
        if name in changes:
            setattr(initiative, name, changes[name])
    company = Tenant.objects.get(pk=current_tenant_id())
    _settle(initiative, company)
    differences = audit.changed(before, initiative, FIELDS)
    if not differences:
        return initiative
    if set(differences) - policies.PROGRESS_FIELDS:
        was_or_is_open = initiative if not before.is_open else before
        policies.check_can_change_initiative(actor=actor, initiative=was_or_is_open)
    _check(initiative, company, people=initiative.owner_id != before.owner_id)
    initiative.save()
    if "owner" in differences:
        differences["owner"] = [p.name if p else None for p in (before.owner, initiative.owner)]
    audit.record(actor=actor, verb="initiative.changed", target=initiative, changes=differences)
    return initiative


@transaction.atomic
def milestone_add(
    *,
    initiative: Initiative,
    actor: Actor,
    title: str,
    due_on: dt.date | None = None,
    form_id: UUID | None = None,
) -> Milestone:
    """A new step of an initiative; a form that is sent twice makes one.

    Raises Denied, Invalid, WrongState once the initiative is done.
    """
    initiative = initiative_for_change(initiative.pk)
    policies.check_can_change_milestones(actor=actor, initiative=initiative)
    if known := made_before(Milestone, form_id):
        return known  # type: ignore[no-any-return]
    milestone = Milestone(
        **id_of(form_id), initiative=initiative, title=title.strip(), due_on=due_on
    )
    validate(milestone)
    _check_years({"due_on": due_on})
    milestone.save(force_insert=True)
    _record_milestone(actor, "milestone.added", milestone, {"due_on": due_on})
    return milestone


@transaction.atomic
def milestone_update(*, milestone: Milestone, actor: Actor, changes: dict[str, Any]) -> Milestone:
    """Change title or date, or set `done` to True or False; harmless when repeated.

    Raises Denied, Invalid, WrongState once the initiative is done.
    """
    initiative = initiative_for_change(milestone.initiative_id)
    policies.check_can_change_milestones(actor=actor, initiative=initiative)
    milestone = _milestone_for_change(milestone)
    before = copy.copy(milestone)
    for name in ("title", "due_on"):
        if name in changes:
            setattr(milestone, name, changes[name])
    milestone.title = milestone.title.strip()
    done = changes.get("done")
    if done is not None and done != milestone.is_done:
        milestone.done_at = timezone.now() if done else None
        milestone.done_by = actor if done and isinstance(actor, Member) else None
    differences = audit.changed(before, milestone, ["title", "due_on", "done_at"])
    if not differences:
        return milestone
    validate(milestone)
    _check_years({"due_on": milestone.due_on})
    milestone.save()
    verb = "milestone.changed"
    if "done_at" in differences:
        verb = "milestone.reached" if milestone.is_done else "milestone.reopened"
    _record_milestone(actor, verb, milestone, differences)
    return milestone


@transaction.atomic
def milestone_delete(*, milestone: Milestone, actor: Actor) -> None:
    """Take a step away; raises Denied, NotFound, WrongState once the initiative is done."""
    initiative = initiative_for_change(milestone.initiative_id)
    policies.check_can_change_milestones(actor=actor, initiative=initiative)
    milestone = _milestone_for_change(milestone)
    _record_milestone(actor, "milestone.deleted", milestone, {"due_on": milestone.due_on})
    milestone.delete()


def initiative_for_change(pk: Any) -> Initiative:
    """The initiative with its owner, held until the end of the transaction; raises NotFound."""
    found: Initiative = row_for_change(Initiative.objects.with_owner(), pk)
    return found


def initiative_or_name(initiative: str | None) -> dict[str, Any]:
    """The two fields of a record that serves one: the one with this id, or this name, or neither.

    Raises Invalid for an id that no initiative of the company has.
    """
    text = (initiative or "").strip()
    try:
        pk = UUID(text)
    except ValueError:
        return {"initiative": text or None, "linked_initiative": None}
    linked = Initiative.objects.filter(pk=pk).first()
    if linked is None:
        raise Invalid({"initiative": "There is no such initiative. Give its id, or a name."})
    return {"initiative": None, "linked_initiative": linked}


def _milestone_for_change(milestone: Milestone) -> Milestone:
    found: Milestone | None = (
        Milestone.objects.select_for_update(of=("self",)).filter(pk=milestone.pk).first()
    )
    if found is None:
        raise NotFound("This milestone is no longer there.")
    return found


def _record_milestone(
    actor: Actor, verb: str, milestone: Milestone, changes: dict[str, Any]
) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        target=milestone,
        changes={"initiative": milestone.initiative_id, "title": milestone.title, **changes},
    )


def _settle(initiative: Initiative, company: Tenant) -> None:
    """What follows from the fields: texts without blanks around, done's day, the currency."""
    initiative.title = initiative.title.strip()
    initiative.expected_result = initiative.expected_result.strip()
    if initiative.status == Status.DONE:
        initiative.progress_percent = 100
        initiative.done_on = initiative.done_on or company.today
    else:
        initiative.done_on = None
    if initiative.budget_amount is None:
        initiative.currency = ""
    else:
        own = hold_currency(company)
        initiative.currency = initiative.currency.strip().upper() or own


def _check(initiative: Initiative, company: Tenant, *, people: bool) -> None:
    """Raise Invalid with every field that breaks a rule."""
    validate(initiative)
    errors = {}
    if people and initiative.owner and initiative.owner.status != Member.Status.ACTIVE:
        errors["owner"] = f"{initiative.owner.name} has left. Choose another person."
    if initiative.budget_amount is not None and initiative.currency != company.currency:
        errors["currency"] = (
            f"{company.name} counts in {company.currency}. Give the budget in {company.currency}."
        )
    elif problem := decimals_problem(initiative.budget_amount or Decimal(0), company.currency):
        errors["budget_amount"] = problem
    start, due = initiative.starts_on, initiative.due_on
    if start and due and due < start:
        errors["due_on"] = "This is before the start. Choose a later date."
    if errors:
        raise Invalid(errors)
    _check_years({"starts_on": start, "due_on": due})


def _check_years(days: dict[str, dt.date | None]) -> None:
    wrong = [n for n, day in days.items() if day and not FIRST_YEAR <= day.year <= LAST_YEAR]
    if wrong:
        words = f"Choose a date between {FIRST_YEAR} and {LAST_YEAR}."
        raise Invalid(dict.fromkeys(wrong, words))
