"""After the approval: the order, its invoices, the close, and what it was good for."""

import copy
import datetime as dt
from decimal import Decimal

from django.db import transaction

from decisions import moment, money, policies
from decisions.benefit_due import remind_of_benefit, settle_benefit
from decisions.commitment import FIRST_YEAR
from decisions.locks import budgets_for_change, keep, request_for_change
from decisions.models import Invoice, SpendRequest
from decisions.services.ladder import check_room, release_budget
from decisions.services.requests import checked_reason
from decisions.services.trail import record
from kpis.models import Kpi
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, WrongState
from tenants.models import Member
from tenants.services import validate

ZERO = Decimal(0)
PLAN = ["benefit_review_on", "benefit_kpi_id", "benefit_expected"]
Status = SpendRequest.Status


@transaction.atomic
def request_order(*, request: SpendRequest, actor: Actor, reference: str = "") -> SpendRequest:
    """Note that it was ordered, with the purchase order's number; raises Denied, WrongState."""
    request = request_for_change(request.pk)
    policies.check_can_order(actor=actor, request=request)
    request.status, request.ordered_at = Status.ORDERED, moment.now()
    request.ordered_by = actor if isinstance(actor, Member) else None
    request.order_reference = reference.strip()
    validate(request)
    keep(request)
    record(request, actor=actor, verb="ordered", reference=request.order_reference)
    return request


@transaction.atomic
def invoice_record(
    *,
    request: SpendRequest,
    actor: Actor,
    reference: str,
    amount: Decimal,
    invoiced_on: dt.date,
    note: str = "",
) -> Invoice:
    """What was paid, in the tenant's currency: it moves from committed to actual.

    Several invoices may come. Beyond what was approved needs finance's exception on the request;
    the budget holds. Raises Denied, WrongState, Invalid (a reference that was recorded before).
    """
    request = request_for_change(request.pk)
    policies.check_can_invoice(actor=actor, request=request)
    unit = money.minor_unit(request.home_currency)
    if problem := money.amount_problem(amount, request.home_currency, least=unit):
        raise Invalid({"amount": problem})
    if invoiced_on > request.tenant.today:
        raise Invalid({"invoiced_on": "Choose a date that has come."})
    if invoiced_on.year < FIRST_YEAR:
        raise Invalid({"invoiced_on": f"Choose a date from {FIRST_YEAR} on."})
    invoice = Invoice(
        request=request,
        reference=reference.strip(),
        invoiced_on=invoiced_on,
        amount=amount,
        note=note.strip(),
        recorded_by=actor if isinstance(actor, Member) else None,
    )
    validate(invoice)
    if Invoice.objects.filter(request=request, reference=invoice.reference).exists():
        raise Invalid({"reference": f"{invoice.reference} was recorded already."})
    _pay(request, amount)
    invoice.save(force_insert=True)
    record(
        request,
        actor=actor,
        verb="invoiced",
        note=invoice.note,
        amount=amount,
        reference=invoice.reference,
    )
    return invoice


@transaction.atomic
def request_close(*, request: SpendRequest, actor: Actor, note: str = "") -> SpendRequest:
    """All is paid: what is left of the commitment is released. Raises Denied, WrongState."""
    request = request_for_change(request.pk)
    policies.check_can_close(actor=actor, request=request)
    released = request.open_commitment
    release_budget(request)
    request.status, request.closed_at = Status.CLOSED, moment.now()
    keep(request)
    record(
        request,
        actor=actor,
        verb="closed",
        note=note.strip()[:2000],
        paid=request.paid_amount,
        released=released,
    )
    return request


@transaction.atomic
def benefit_plan(
    *,
    request: SpendRequest,
    actor: Actor,
    review_on: dt.date,
    kpi: Kpi | None = None,
    expected: str = "",
) -> SpendRequest:
    """Say when to look whether it was worth it, at which figure; who asked is reminded that day.

    Another day may be chosen until it was looked at; the same plan again leaves no mark. Raises
    Denied, WrongState, Invalid.
    """
    request = request_for_change(request.pk)
    policies.check_can_plan_benefit(actor=actor, request=request)
    _check_not_reviewed(request)
    before = copy.copy(request)
    today = moment.today(request.tenant)
    if review_on <= today:
        raise Invalid({"review_on": "Choose a date to come."})
    if review_on.year > today.year + 10:
        raise Invalid({"review_on": "Choose a date within ten years."})
    request.benefit_review_on, request.benefit_kpi = review_on, kpi
    request.benefit_expected = expected.strip()
    if not audit.changed(before, request, PLAN):
        return request
    validate(request)
    keep(request)
    record(
        request,
        actor=actor,
        verb="benefit_planned",
        note=request.benefit_expected,
        review_on=review_on,
        kpi=kpi.key if kpi else None,
    )
    remind_of_benefit(request)
    return request


@transaction.atomic
def benefit_review(*, request: SpendRequest, actor: Actor, note: str) -> SpendRequest:
    """Write down what it was good for; once. Raises Denied, WrongState, Invalid."""
    request = request_for_change(request.pk)
    policies.check_can_plan_benefit(actor=actor, request=request)
    _check_not_reviewed(request)
    request.benefit_note = checked_reason(note, field="note")
    request.benefit_reviewed_at = moment.now()
    request.benefit_reviewed_by = actor if isinstance(actor, Member) else None
    keep(request)
    record(request, actor=actor, verb="benefit_reviewed", note=request.benefit_note)
    settle_benefit(request)
    return request


def _check_not_reviewed(request: SpendRequest) -> None:
    if request.benefit_reviewed_at is not None:
        raise WrongState(f"The benefit of {request.reference} was reviewed already.")


def _pay(request: SpendRequest, amount: Decimal) -> None:
    """Move `amount` from committed to paid; what exceeds the approval needs an exception."""
    approved = (request.commitment_amount or ZERO) + request.excepted_amount
    if request.paid_amount + amount > approved:
        left = money.in_words(max(approved - request.paid_amount, ZERO), request.home_currency)
        raise WrongState(
            f"{left} of what was approved is left. Finance can record an exception, or the rest "
            "is a request of its own."
        )
    covered = min(amount, request.open_commitment)
    request.open_commitment -= covered
    request.paid_amount += amount
    if request.budget_line_id is not None:
        line = budgets_for_change([request.budget_line_id])[request.budget_line_id]
        line.committed -= covered
        check_room(line, amount, request)
        line.actual += amount
        line.save(update_fields=["committed", "actual", "updated_at"])
    keep(request)
