"""What is agreed from a date on."""

import datetime as dt
from decimal import Decimal

from django.db import transaction

from engagements import policies
from engagements.models import FIRST_YEAR, LAST_YEAR, Engagement, Terms
from engagements.services.rows import engagement_for_change
from tenants import audit
from tenants.audit import Actor
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
    hours that are not whole minutes, or a cap without a rollover.
    """
    engagement = engagement_for_change(engagement.pk)
    policies.check_can_add_terms(actor=actor, engagement=engagement)
    terms = Terms(
        engagement=engagement,
        effective_on=effective_on,
        scope_level=scope_level,
        hours_per_month=hours_per_month,
        monthly_fee=monthly_fee,
        currency=currency.strip().upper() or engagement.tenant.currency,
        notice_days=notice_days,
        rollover=rollover,
        rollover_cap_minutes=rollover_cap_minutes,
        rollover_expiry_months=rollover_expiry_months,
        overage_rate=overage_rate,
        po_number=po_number.strip(),
    )
    _check(terms, engagement)
    policies.check_no_locked_time_from(
        engagement=engagement, day=effective_on, today=engagement.tenant.today
    )
    terms.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="terms.added",
        target=terms,
        changes={
            "engagement": engagement.pk,
            "effective_on": terms.effective_on,
            "scope_level": terms.scope_level,
            "hours_per_month": terms.hours_per_month,
            "monthly_fee": terms.monthly_fee,
            "currency": terms.currency,
            "rollover": terms.rollover,
        },
    )
    return terms


def _check(terms: Terms, engagement: Engagement) -> None:
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
    if (terms.hours_per_month * 60) % 1:
        errors["hours_per_month"] = "Give hours that are whole minutes, such as 12.5 or 12.25."
    errors |= _rollover_errors(terms)
    if errors:
        raise Invalid(errors)


def _rollover_errors(terms: Terms) -> dict[str, str]:
    """A cap and an expiry belong to `capped`, and only to it."""
    limits = {
        "rollover_cap_minutes": terms.rollover_cap_minutes,
        "rollover_expiry_months": terms.rollover_expiry_months,
    }
    if terms.rollover == Terms.Rollover.CAPPED:
        words = "Say how much may roll over, and for how many months."
        return {field: words for field, value in limits.items() if value is None}
    words = "Unused hours lapse: leave this empty, or let them roll over."
    return {field: words for field, value in limits.items() if value is not None}
