"""What is agreed from a date on."""

import datetime as dt
from decimal import Decimal

from django.db import transaction

from engagements import policies
from engagements.models import (
    FIRST_YEAR,
    LAST_YEAR,
    TERMS_FIELDS,
    AgreedTerms,
    Engagement,
    Terms,
)
from engagements.services.alerts import check_alerts
from engagements.services.rows import engagement_for_change, hold_currency
from tenants import audit
from tenants.audit import Actor
from tenants.currencies import decimals_problem
from tenants.errors import Invalid
from tenants.services import validate


@transaction.atomic
def terms_add(
    *,
    engagement: Engagement,
    actor: Actor,
    effective_on: dt.date,
    scope_level: str,
    hours_per_month: Decimal,
    monthly_fee: Decimal,
    currency: str = "",
    notice_days: int = 30,
    rollover: str = Terms.Rollover.NONE,
    rollover_cap_minutes: int | None = None,
    rollover_expiry_months: int | None = None,
    overage_rate: Decimal | None = None,
    po_number: str = "",
) -> Terms:
    """A new version of the terms from `effective_on`; earlier versions stay as they are.

    Raises Denied; WrongState when the engagement has ended or the date lies in locked time; Invalid
    for a date that has terms already or lies after the end, another currency than the company's,
    more decimals than it has, hours that are not whole minutes, or a cap without a rollover.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_add_terms(actor=actor, engagement=engagement)
    own = hold_currency(engagement.tenant)
    terms = Terms(
        engagement=engagement,
        effective_on=effective_on,
        scope_level=scope_level,
        hours_per_month=hours_per_month,
        monthly_fee=monthly_fee,
        currency=currency.strip().upper() or own,
        notice_days=notice_days,
        rollover=rollover,
        rollover_cap_minutes=rollover_cap_minutes,
        rollover_expiry_months=rollover_expiry_months,
        overage_rate=overage_rate,
        po_number=po_number.strip(),
    )
    check_terms(terms, engagement)
    return terms_record(terms=terms, engagement=engagement, actor=actor)


def terms_record(*, terms: Terms, engagement: Engagement, actor: Actor) -> Terms:
    """Write a checked version under the engagement's lock; raises WrongState in locked time."""
    policies.check_no_locked_time_from(
        engagement=engagement, day=terms.effective_on, today=engagement.tenant.today
    )
    terms.save(force_insert=True)
    facts = {name: getattr(terms, name) for name in TERMS_FIELDS if getattr(terms, name) != ""}
    audit.record(
        actor=actor,
        verb="terms.added",
        target=terms,
        changes={"engagement": engagement.pk, **facts},
    )
    check_alerts(engagement, month=engagement.tenant.today)
    return terms


def check_terms(terms: AgreedTerms, engagement: Engagement) -> None:
    """Raise Invalid with every field that breaks a rule."""
    validate(terms)
    errors = {}
    if not FIRST_YEAR <= terms.effective_on.year <= LAST_YEAR:
        errors["effective_on"] = f"Choose a date between {FIRST_YEAR} and {LAST_YEAR}."
    elif engagement.ends_on is not None and terms.effective_on > engagement.ends_on:
        errors["effective_on"] = "The engagement has ended by then. Choose an earlier date."
    elif Terms.objects.filter(engagement=engagement, effective_on=terms.effective_on).exists():
        errors["effective_on"] = "There are terms from this date already. Choose another date."
    if terms.currency != engagement.tenant.currency:
        errors["currency"] = (
            f"{engagement.tenant.name} counts in {engagement.tenant.currency}. "
            f"Give the fee in {engagement.tenant.currency}."
        )
    for name in ("monthly_fee", "overage_rate"):
        amount = getattr(terms, name)
        if amount is not None and (problem := decimals_problem(amount, terms.currency)):
            errors[name] = problem
    if (terms.hours_per_month * 60) % 1:
        errors["hours_per_month"] = "Give hours that are whole minutes, such as 12.5 or 12.25."
    if not terms.hours_per_month and not terms.monthly_fee:
        errors.setdefault("hours_per_month", "Terms need hours, a fee, or both.")
    errors |= _rollover_errors(terms)
    if errors:
        raise Invalid(errors)


def _rollover_errors(terms: AgreedTerms) -> dict[str, str]:
    """A cap and an expiry belong to `capped`, and only to it."""
    limits = {
        "rollover_cap_minutes": terms.rollover_cap_minutes,
        "rollover_expiry_months": terms.rollover_expiry_months,
    }
    if terms.rollover == Terms.Rollover.CAPPED:
        words = "Say how much may roll over, and for how many months."
        errors = {field: words for field, value in limits.items() if value is None}
        if terms.rollover_cap_minutes == 0:
            errors["rollover_cap_minutes"] = "Nothing rolls over with a cap of 0: let it lapse."
        return errors
    words = "Unused hours lapse: leave this empty, or let them roll over."
    return {field: words for field, value in limits.items() if value is not None}
