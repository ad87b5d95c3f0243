"""Budget lines."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction

from decisions import money, policies
from decisions.commitment import FIRST_YEAR
from decisions.models import Budget
from tenants import audit, currencies
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound
from tenants.holding import put
from tenants.models import Member
from tenants.services import validate

LAST_YEAR = 2100
FIELDS = ["name", "starts_on", "ends_on", "allocated", "owner"]


@transaction.atomic
def budget_create(
    *,
    actor: Actor,
    name: str,
    starts_on: dt.date,
    ends_on: dt.date,
    allocated: Decimal,
    currency: str = "",
    owner: Member | None = None,
) -> Budget:
    """A line for a period, in the tenant's currency; raises Denied, Invalid."""
    policies.check_can_manage_budget(actor=actor)
    own = currencies.held()
    if currency and currency.upper() != own:
        raise Invalid({"currency": f"Budgets are kept in {own}, the company's own."})
    budget = Budget(
        name=name.strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        allocated=allocated,
        currency=own,
        owner=owner,
    )
    _check(budget)
    budget.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="budget.created",
        target=budget,
        changes={name: getattr(budget, name) for name in FIELDS if name != "owner"},
    )
    return budget


@transaction.atomic
def budget_update(*, budget: Budget, actor: Actor, changes: dict[str, Any]) -> Budget:
    """Change a line; never below what is committed and paid. Raises Denied, Invalid. Nothing is
    written when nothing differs."""
    policies.check_can_manage_budget(actor=actor)
    found = Budget.objects.select_for_update(of=("self",), no_key=True).filter(pk=budget.pk).first()
    if found is None:
        raise NotFound()
    before = Budget.objects.get(pk=budget.pk)
    currency = changes.get("currency") or found.currency
    if currency.upper() != found.currency:
        raise Invalid({"currency": f"This line is kept in {found.currency}. Make a new one."})
    put(found, changes, FIELDS)
    differences = audit.changed(before, found, FIELDS)
    if not differences:
        return found
    _check(found)
    found.save()
    if "owner" in differences:
        differences["owner"] = [row.owner.name if row.owner else None for row in (before, found)]
    audit.record(actor=actor, verb="budget.changed", target=found, changes=differences)
    return found


def _check(budget: Budget) -> None:
    """Raise Invalid with every field that breaks a rule."""
    errors: dict[str, str] = {}
    if problem := money.amount_problem(budget.allocated, budget.currency):
        errors["allocated"] = problem
    elif budget.committed + budget.actual > budget.allocated + budget.excepted:
        taken = money.in_words(budget.committed + budget.actual - budget.excepted, budget.currency)
        errors["allocated"] = f"{taken} is committed or paid already. Allocate that or more."
    if budget.starts_on.year < FIRST_YEAR:
        errors["starts_on"] = f"Choose a date from {FIRST_YEAR} on."
    if budget.ends_on < budget.starts_on:
        errors["ends_on"] = "The period ends before it starts. Choose a later date."
    elif budget.ends_on.year > LAST_YEAR:
        errors["ends_on"] = f"Choose a date up to {LAST_YEAR}."
    same = Budget.objects.filter(name=budget.name, starts_on=budget.starts_on)
    if same.exclude(pk=budget.pk).exists():
        errors["name"] = "There is a line of this name for this period already."
    if errors:
        raise Invalid(errors)
    validate(budget)
