"""Asking for money: drafts, submitting, amending, withdrawing."""

import copy
import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from decisions import charter, commitment, criteria, moment, money, notices, policies, tiers
from decisions.commitment import Counted
from decisions.locks import keep, lock_company, request_for_change
from decisions.models import Budget, SpendDecision, SpendRequest, SpendStep
from decisions.policy_in_force import policy_in_force
from decisions.quorum import Vote
from decisions.roster import load_roster
from decisions.services import ladder
from decisions.services.digest import enqueue_digest
from decisions.services.trail import gathered, record
from decisions.vendors import vendor_key
from engagements.boundaries import Boundaries
from engagements.services.initiatives import initiative_or_name
from tenants import audit, currencies
from tenants.audit import Actor
from tenants.errors import Invalid, StaleVersion
from tenants.models import Member, Tenant
from tenants.notifications.services import settle
from tenants.open_forms import is_fresh, is_same_form
from tenants.permissions import Role
from tenants.services import validate

Status = SpendRequest.Status
AMOUNTS = ("one_off_amount", "recurring_amount", "options_amount")
FIELDS = (
    "title",
    "vendor",
    "purpose",
    "kind",
    *AMOUNTS,
    "recurring_interval",
    "term_months",
    "currency",
    "budget_line",
    "initiative",
    "needed_by",
    "criteria",
)


@transaction.atomic
def request_create(
    *,
    actor: Actor,
    title: str,
    vendor: str,
    pk: UUID | None = None,
    saved_from: str = "",
    **fields: Any,
) -> SpendRequest:
    """A draft of the actor's own; raises Denied, or Invalid for each field that is wrong.

    Under a `pk` of our own making it is made once: a repeat changes the draft that is there.
    """
    requester = policies.check_can_create(actor=actor)
    company = Tenant.objects.get()
    lock_company("number")
    if pk is not None and (made := SpendRequest.objects.filter(pk=pk).first()) is not None:
        changes = {"title": title, "vendor": vendor, **fields}
        return request_update(request=made, actor=actor, changes=changes, saved_from=saved_from)
    highest = SpendRequest.objects.aggregate(highest=Max("number"))["highest"] or 0
    request = SpendRequest(
        number=highest + 1,
        requester=requester,
        title=title.strip(),
        vendor=vendor.strip(),
        saved_from=saved_from,
        **({"pk": pk} if pk is not None else {}),
        **{"currency": company.currency} | _tidy(fields),
    )
    _check(request)
    request.save(force_insert=True)
    record(request, actor=actor, verb="created", title=request.title, vendor=request.vendor)
    return request


@transaction.atomic
@gathered()
def request_update(
    *,
    request: SpendRequest,
    actor: Actor,
    changes: dict[str, Any],
    version: int | None = None,
    saved_from: str = "",
) -> SpendRequest:
    """Change a draft, or a request that was sent back; raises Denied, WrongState, Invalid.

    `version` is what the writer read and `saved_from` names their open form: StaleVersion when
    another form saved since (None saves anyway). The trail notes each open form once, and every
    change that names none; what is asked for stands in the trail when it is sent.
    """
    request = request_for_change(request.pk)
    policies.check_can_change(actor=actor, request=request)
    if not is_fresh(request, version=version, saved_from=saved_from):
        raise StaleVersion(stale_words(request))
    facts = _apply(request, changes)
    if facts:
        same_form = is_same_form(request, saved_from)
        request.version += 1
        request.saved_from = saved_from
        keep(request)
        if not same_form:
            record(request, actor=actor, verb="changed", facts=facts)
    return request


def stale_words(request: SpendRequest) -> str:
    """That the draft was saved elsewhere in the meantime, and when."""
    at = timezone.localtime(request.updated_at)
    return f"{request.reference} was changed in another window in the meantime, at {at:%H:%M}."


@transaction.atomic
@gathered()
def request_submit(*, request: SpendRequest, actor: Actor) -> SpendRequest:
    """Freeze policy version, rate, commitment and tier, and ask the first step.

    After changes were requested, approvals stand unless the change was material: more money,
    another vendor, or a higher tier begin a new round, and the old one stays in the trail.
    Raises Denied, WrongState (twice, or over), Invalid (no rate, no amount, nobody to approve).
    """
    lock_company("submit")
    request = request_for_change(request.pk)
    policies.check_can_submit(actor=actor, request=request)
    _send(request, actor, verb="submitted")
    return request


@transaction.atomic
@gathered()
def request_amend(
    *, request: SpendRequest, actor: Actor, changes: dict[str, Any], reason: str
) -> SpendRequest:
    """Change a request that waits or is approved, with a reason.

    A material change (amount up, vendor changed, tier higher) restarts the ladder and keeps the
    trail; anything else leaves the approvals standing. One that changes nothing leaves no mark.
    Raises Denied, WrongState, Invalid.
    """
    lock_company("submit")
    request = request_for_change(request.pk)
    policies.check_can_amend(actor=actor, request=request)
    reason = checked_reason(reason)
    if not _apply(copy.copy(request), changes):
        return request
    if request.status == Status.APPROVED:
        ladder.release_budget(request)
        request.excepted_amount = Decimal(0)
    facts = _apply(request, changes)
    request.version += 1
    record(request, actor=actor, verb="amended", note=reason, facts=facts)
    _send(request, actor, verb="resubmitted")
    return request


@transaction.atomic
@gathered()
def request_withdraw(*, request: SpendRequest, actor: Actor, reason: str = "") -> SpendRequest:
    """Take it back until it is ordered; what was committed is released. Harmless when repeated."""
    request = request_for_change(request.pk)
    if request.status == Status.WITHDRAWN and actor.actor_id == request.requester_id:
        return request
    policies.check_can_withdraw(actor=actor, request=request)
    if request.status == Status.APPROVED:
        ladder.release_budget(request)
    ladder.conclude(request, Status.WITHDRAWN)
    record(request, actor=actor, verb="withdrawn", note=reason.strip()[:2000])
    settle(target=request, kinds=notices.ASKING)
    return request


@transaction.atomic
def request_comment(*, request: SpendRequest, actor: Actor, body: str) -> SpendRequest:
    """A question or an answer that everyone on the request reads; raises Denied, Invalid."""
    policies.check_can_comment(actor=actor, request=request)
    request = request_for_change(request.pk)
    body = checked_reason(body, field="body")
    record(request, actor=actor, verb="commented", note=body)
    notices.tell_commented(request, actor=actor, body=body)
    return request


def checked_reason(reason: str, *, field: str = "reason") -> str:
    """The reason without blanks around it; raises Invalid unless it has 3 to 2,000 characters."""
    reason = reason.strip()
    if not 3 <= len(reason) <= 2000:
        raise Invalid({field: "Say why, in 3 to 2,000 characters: it stays on record."})
    return reason


def _send(request: SpendRequest, actor: Actor, *, verb: str) -> None:
    """Freeze what counts and put the request on its ladder, or back to where it stood."""
    now = moment.now()
    had = request.commitment_amount
    old_vendor, old_tier = request.vendor_key, request.tier
    if request.policy is None:
        request.policy = policy_in_force(moment.today(request.tenant))
    _check(request)
    others = _freeze(request, now, had=had, old_vendor=old_vendor)
    roster = load_roster()
    first = had is None
    material = first or _is_material(request, had, old_vendor, old_tier)
    request.submitted_at = request.submitted_at or now
    rules = request.policy.rules[request.tier - 1]  # type: ignore[operator]
    said = charter.boundaries_on(
        moment.today(request.tenant), [person.id for person in roster.holders((Role.CTO.value,))]
    )
    if _is_own_authority(request, actor, said):
        _approve_own(request, actor)
        return
    if not material:
        now_on = ladder.ladder_now(request, roster)
    else:
        if not first:
            _note_restart(request, actor, had, old_vendor)
            ladder.stop_steps(request)
            settle(target=request, kinds=notices.ASKING)
            _forget_bypass(request)
        steps = [(rule, "") for rule in rules.steps]
        more = charter.further_step(rules.steps, request.kind, said)
        now_on = ladder.begin_round(request, [*steps, more] if more else steps, roster)
    request.status = Status.SUBMITTED
    request.decided_at = None
    request.within_own_authority = False
    keep(request)
    record(request, actor=actor, verb=verb, **_content(request))
    record(
        request,
        actor=ladder.BOWLINE,
        verb="tier_set",
        note=request.tier_reason,
        audited=False,
        tier=request.tier,
        counted_with=[each.to_json(request.home_currency) for each in others],
    )
    ladder.advance(request, now_on)


def _freeze(
    request: SpendRequest, now: dt.datetime, *, had: Decimal | None, old_vendor: str
) -> list[Counted]:
    """Set rate, commitment, what counts together, and the tier; raises Invalid.

    What was sent before it counts. Sent again for more money or another vendor, what was sent
    meanwhile counts too: otherwise a small request could grow after its neighbours were counted.
    """
    policy = request.policy
    assert policy is not None  # noqa: S101  set by the caller
    if request.rate is None or request.rate_currency != request.currency:
        request.home_currency = currencies.held()
        day = moment.today(request.tenant)
        found = commitment.rate_for(request.currency, request.home_currency, day)
        if found is None:
            raise Invalid(
                {
                    "currency": commitment.no_rate_message(
                        request.currency, request.home_currency, day
                    )
                }
            )
        request.rate, request.rate_on = found
        request.rate_currency = request.currency
    own = money.converted(commitment.commitment_of(request), request.rate, request.home_currency)
    if own <= 0:
        raise Invalid({"one_off_amount": "There is nothing to approve: give an amount."})
    if problem := money.amount_problem(own, request.home_currency):
        raise Invalid({"one_off_amount": problem})
    request.vendor_key = vendor_key(request.vendor)
    first_sent = request.submitted_at or now
    grew = had is not None and (own > had or request.vendor_key != old_vendor)
    others = commitment.counted_together(
        requester_id=request.requester_id,
        vendor_key=request.vendor_key,
        at=first_sent,
        until=now if grew else first_sent,
        days=policy.splitting_days,
        without=request.pk,
    )
    counted = own + sum((each.amount for each in others), Decimal(0))
    if counted >= 50 * money.MOST:
        raise Invalid({"one_off_amount": "Together with the others this is beyond any company."})
    request.commitment_amount, request.counted_amount = own, counted
    request.counted_with = [each.to_json(request.home_currency) for each in others]
    request.tier = tiers.tier_number(policy.rules, counted)
    request.tier_reason = commitment.tier_reason(
        policy.rules,
        own=own,
        counted=counted,
        others=others,
        currency=request.home_currency,
        days=policy.splitting_days,
    )
    return others


def _is_material(
    request: SpendRequest, had: Decimal | None, old_vendor: str, old_tier: int | None
) -> bool:
    """Whether a change asks everybody anew: more money, another vendor, a higher tier, or steps
    that there are none of (own authority that does not hold any more)."""
    return (
        had is None
        or (request.commitment_amount or 0) > had
        or request.vendor_key != old_vendor
        or (request.tier or 0) > (old_tier or 0)
        or not SpendStep.objects.filter(request=request, round=request.round).exists()
    )


def _note_restart(
    request: SpendRequest, actor: Actor, had: Decimal | None, old_vendor: str
) -> None:
    approvals = SpendDecision.objects.filter(
        request=request, round=request.round, vote=Vote.FOR
    ).count()
    record(
        request,
        actor=actor,
        verb="restarted",
        note="A material change: everybody is asked anew. What was said before stays on record.",
        commitment_amount=[had, request.commitment_amount],
        vendor_changed=request.vendor_key != old_vendor,
        approvals_before=approvals,
    )


def _forget_bypass(request: SpendRequest) -> None:
    """What a bypass allowed is not what is asked now: the ladder decides, the trail remembers."""
    request.bypassed_at = request.bypassed_by = request.ratify_due_at = None
    request.ratified_at = request.ratified_by = request.unratified_at = None
    request.bypass_reason = ""


def _is_own_authority(request: SpendRequest, actor: Actor, said: Boundaries | None) -> bool:
    """Whether the tenant lets the requester spend this alone: opted in, first tier, own roles,
    and a charter that leaves it to them."""
    policy = request.policy
    if policy is None or not policy.own_authority or request.tier != 1:
        return False
    steps = policy.rules[0].steps
    return (
        isinstance(actor, Member)
        and all(set(step.roles) & set(actor.roles) for step in steps)
        and charter.allows_own_authority(actor.roles, request.kind, said)
    )


def _approve_own(request: SpendRequest, actor: Actor) -> None:
    """Approve at submit, marked so; finance's monthly digest lists it."""
    ladder.stop_steps(request)
    request.round += 1
    request.within_own_authority = True
    request.status = Status.SUBMITTED
    record(request, actor=actor, verb="submitted", **_content(request))
    record(
        request,
        actor=actor,
        verb="within_own_authority",
        note="Within the requester's own authority: approved at submit, listed for finance.",
        tier=request.tier,
    )
    enqueue_digest(request)
    ladder.conclude_approved(request)


def _content(request: SpendRequest) -> dict[str, Any]:
    """What was asked for, as it stood: an old round stays readable."""
    return {
        "title": request.title,
        "vendor": request.vendor,
        "commitment_amount": request.commitment_amount,
        "currency": request.home_currency,
        "rate": request.rate,
        "rate_on": request.rate_on,
        "tier": request.tier,
    }


def _apply(request: SpendRequest, changes: dict[str, Any]) -> dict[str, list[Any]]:
    """Set the fields, check them all, answer what differs."""
    before = SpendRequest.objects.get(pk=request.pk)
    for name, value in _tidy(changes).items():
        setattr(request, name, value)
    _check(request)
    names = [name for name in FIELDS if name != "budget_line"]
    return audit.changed(before, request, [*names, "budget_line_id", "linked_initiative_id"])


def _tidy(fields: dict[str, Any]) -> dict[str, Any]:
    """Texts without blanks around them, codes in capitals; unknown fields raise TypeError."""
    unknown = fields.keys() - set(FIELDS)
    if unknown:
        raise TypeError(f"A spend request has no {sorted(unknown)[0]!r}.")
    tidy = {n: v.strip() if isinstance(v, str) else v for n, v in fields.items()}
    if "currency" in tidy:
        tidy["currency"] = (tidy["currency"] or "").upper()
    if "initiative" in tidy:
        tidy |= initiative_or_name(tidy["initiative"])
    return tidy


def _check(request: SpendRequest) -> None:
    """Raise Invalid with every field that breaks a rule."""
    errors: dict[str, str] = {}
    if problem := money.currency_problem(request.currency):
        raise Invalid({"currency": problem})
    for name in AMOUNTS:
        if problem := money.amount_problem(getattr(request, name), request.currency):
            errors[name] = problem
    if not errors:
        total = commitment.commitment_of(request) if _is_interval(request) else Decimal(0)
        if total >= money.MOST:
            errors["recurring_amount"] = "Over its term this is beyond what a company spends."
    errors |= criteria.problems(request.criteria)
    line: Budget | None = request.budget_line
    if line is not None and line.currency != request.tenant.currency:
        errors["budget_line"] = f"{line.name} is kept in {line.currency}. Choose another line."
    if errors:
        raise Invalid(errors)
    validate(request)


def _is_interval(request: SpendRequest) -> bool:
    return request.recurring_interval in commitment.MONTHS
