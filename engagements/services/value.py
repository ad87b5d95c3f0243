"""Growth signals, dismissed suggestions, the full-time figure, and savings."""

import datetime as dt
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from engagements import policies_value as policies
from engagements.models import (
    FIRST_YEAR,
    Engagement,
    FullTimeCost,
    GrowthSignal,
    Saving,
    ScopeDismissal,
)
from engagements.scope_dial import quarter_of, suggestion
from engagements.services.rows import engagement_for_change, hold_currency, id_of, made_before
from tenants import audit
from tenants.audit import Actor
from tenants.currencies import decimals_problem
from tenants.errors import Invalid, NotFound, WrongState
from tenants.isolation import current_tenant_id
from tenants.models import Member, Tenant
from tenants.services import validate
from tenants.ui.formats import day_full

_COUNTS = frozenset({"market_expansion", "product_launches", "stack_changes"})


@transaction.atomic
def signal_enter(
    *, actor: Actor, kind: str, value: Decimal, source: str, quarter: dt.date
) -> GrowthSignal:
    """A growth signal of the quarter that `quarter` lies in, with its source.

    The last entry of a quarter and kind counts. Raises Denied; Invalid for a quarter to come, a
    count below zero or with a fraction, and a percentage beyond ±1,000.
    """
    policies.check_can_enter_signal(actor=actor)
    company = _company()
    signal = GrowthSignal(
        kind=kind,
        value=value,
        source=source.strip(),
        quarter=quarter_of(quarter),
        entered_by=_member(actor),
    )
    validate(signal)
    errors = {}
    if signal.quarter > company.today or signal.quarter.year < FIRST_YEAR:
        errors["quarter"] = "Choose a quarter that has begun."
    if kind in _COUNTS and (value < 0 or value % 1):
        errors["value"] = "Give how many, as a whole number from 0."
    elif kind not in _COUNTS and abs(value) > 1000:
        errors["value"] = "Give a percentage between −1,000 and 1,000."
    if errors:
        raise Invalid(errors)
    signal.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="growth_signal.added",
        target=signal,
        changes={"quarter": signal.quarter, "value": value, "source": signal.source},
    )
    return signal


@transaction.atomic
def scope_dismiss(
    *, engagement: Engagement, actor: Actor, quarter: dt.date, reason: str
) -> ScopeDismissal:
    """Decide against the suggestion of a quarter; the next quarter asks again.

    Harmless when repeated with the same reason. Raises Denied, Invalid without a reason, WrongState
    where there is no suggestion to change anything or it was dismissed for another reason.
    """
    policies.check_can_dismiss_scope(actor=actor)
    engagement = engagement_for_change(engagement.pk)
    found = suggestion(engagement, quarter_of(quarter), today=engagement.tenant.today)
    if found.dismissal is not None:
        if found.dismissal.reason == reason.strip():
            return found.dismissal
        raise WrongState("This quarter’s suggestion was dismissed already.")
    if not found.is_change or found.level is None:
        raise WrongState("There is no change of scope to dismiss.")
    dismissal = ScopeDismissal(
        engagement=engagement,
        quarter=found.quarter,
        suggested_level=found.level,
        reason=reason.strip(),
        dismissed_by=_member(actor),
    )
    validate(dismissal)
    dismissal.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="scope_suggestion.dismissed",
        target=engagement,
        changes={
            "quarter": found.quarter,
            "suggested_level": found.level,
            "reason": dismissal.reason,
        },
    )
    return dismissal


@transaction.atomic
def full_time_cost_set(
    *, actor: Actor, amount: Decimal, source: str, currency: str = ""
) -> FullTimeCost:
    """What a full-time CTO costs a year, in the company's currency; raises Denied, Invalid."""
    policies.check_can_set_full_time_cost(actor=actor)
    company = _company()
    cost = FullTimeCost(
        amount=amount,
        currency=currency.strip().upper() or company.currency,
        source=source.strip(),
        set_by=_member(actor),
    )
    validate(cost)
    _check_money(cost.amount, cost.currency, company)
    cost.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="full_time_cost.added",
        target=cost,
        changes={"amount": amount, "currency": cost.currency, "source": cost.source},
    )
    return cost


@transaction.atomic
def saving_enter(
    *,
    engagement: Engagement,
    actor: Actor,
    title: str,
    amount: Decimal,
    saved_on: dt.date,
    evidence: str,
    currency: str = "",
    form_id: UUID | None = None,
) -> Saving:
    """Money saved on a day, with its evidence; it counts once another person verified it. A form
    that is sent twice enters it once.

    Raises Denied; Invalid for a day to come or outside of the engagement, another currency than
    the company's, and evidence of fewer than ten characters.
    """
    policies.check_can_enter_saving(actor=actor)
    engagement = engagement_for_change(engagement.pk)
    company = engagement.tenant
    own = hold_currency(company)
    if known := made_before(Saving, form_id):
        return known  # type: ignore[no-any-return]
    saving = Saving(
        **id_of(form_id),
        engagement=engagement,
        title=title.strip(),
        amount=amount,
        currency=currency.strip().upper() or own,
        saved_on=saved_on,
        evidence=evidence.strip(),
        entered_by=_member(actor),
    )
    validate(saving)
    _check_money(saving.amount, saving.currency, company)
    if saved_on > company.today:
        raise Invalid({"saved_on": f"It is {day_full(company.today)}. Enter it once it is saved."})
    if not engagement.covers(saved_on):
        raise Invalid({"saved_on": "The engagement did not run on this day. Choose another."})
    saving.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="saving.added",
        target=saving,
        changes={"amount": amount, "currency": saving.currency, "saved_on": saved_on},
    )
    return saving


@transaction.atomic
def saving_judge(*, saving: Saving, actor: Actor, verified: bool, note: str = "") -> Saving:
    """Verify a saving, or refuse it with a reason; a verified one can still be refused.

    Raises Denied for who entered it, Invalid for a refusal without a reason, WrongState when it was
    refused or is verified already.
    """
    locked = (
        Saving.objects.with_people().select_for_update(of=("self",)).filter(pk=saving.pk).first()
    )
    if locked is None:
        raise NotFound()
    policies.check_can_judge_saving(actor=actor, saving=locked, verified=verified)
    if not verified and not note.strip():
        raise Invalid({"note": "Say why it does not count."})
    before = locked.status
    locked.status = Saving.Status.VERIFIED if verified else Saving.Status.REJECTED
    locked.judged_by, locked.judged_at = _member(actor), timezone.now()
    locked.judged_note = note.strip()
    validate(locked)
    locked.save()
    audit.record(
        actor=actor,
        verb="saving.verified" if verified else "saving.refused",
        target=locked,
        changes={"status": [before, locked.status], "note": locked.judged_note},
    )
    return locked  # type: ignore[no-any-return]


def _check_money(amount: Decimal, currency: str, company: Tenant) -> None:
    if currency != company.currency:
        raise Invalid(
            {
                "currency": f"{company.name} counts in {company.currency}. "
                f"Give the amount in {company.currency}."
            }
        )
    if problem := decimals_problem(amount, currency):
        raise Invalid({"amount": problem})


def _company() -> Tenant:
    return Tenant.objects.get(pk=current_tenant_id())


def _member(actor: Actor) -> Member | None:
    return actor if isinstance(actor, Member) else None
