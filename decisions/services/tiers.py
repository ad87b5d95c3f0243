"""The company's approval tiers: new versions, and the one that a new company starts with."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max

from decisions import policies, tiers
from decisions.locks import lock_company
from decisions.models import ApprovalPolicy
from decisions.policy_in_force import policy_in_force
from decisions.roster import held_roles
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid
from tenants.models import Member, Tenant
from tenants.services import validate

SETTINGS = ("own_authority", "splitting_days", "expires_after_days")


def default_policy_seed(*, actor: Actor) -> ApprovalPolicy:
    """The default tiers (PRODUCT §5) for a company without any; harmless when repeated."""
    found: ApprovalPolicy | None = ApprovalPolicy.objects.order_by("version").first()
    if found is not None:
        return found
    company = Tenant.objects.get()
    return _default_policy(actor, company, version=1, note="The default tiers.")


def tiers_are_chosen() -> bool:
    """Whether somebody set tiers of their own: any version but the default ones; one query."""
    return any(not _is_default(policy) for policy in ApprovalPolicy.objects.all())


@transaction.atomic
def default_policy_follow(actor: Actor) -> None:
    """The default tiers in the company's new currency, as a new version from today.

    Harmless when repeated, or where there are none. Raises Invalid where somebody set other tiers
    meanwhile.
    """
    lock_company("policy")
    company = Tenant.objects.get()
    latest = ApprovalPolicy.objects.order_by("-version").first()
    if latest is None or latest.currency == company.currency:
        return
    if tiers_are_chosen():
        raise Invalid({"currency": f"The approval tiers were set in {latest.currency} meanwhile."})
    _default_policy(
        actor,
        company,
        version=latest.version + 1,
        note=f"The default tiers, in {company.currency}.",
        currency=[latest.currency, company.currency],
    )


def _default_policy(
    actor: Actor, company: Tenant, *, version: int, note: str, **more: Any
) -> ApprovalPolicy:
    """The default tiers in the company's currency from today; `more` is for the trail."""
    created: ApprovalPolicy = ApprovalPolicy.objects.create(
        version=version,
        effective_on=company.today,
        currency=company.currency,
        tiers=tiers.to_json(tiers.DEFAULT, company.currency),
        note=note,
    )
    audit.record(
        actor=actor,
        verb="approval_policy.created",
        target=created,
        changes={
            "version": version,
            "effective_on": created.effective_on,
            **more,
            "tiers": created.tiers,
        },
    )
    return created


def _is_default(policy: ApprovalPolicy) -> bool:
    if policy.created_by_id is not None:
        return False
    is_untouched = policy.tiers == tiers.to_json(tiers.DEFAULT, policy.currency)
    usual = ApprovalPolicy()
    return is_untouched and all(getattr(policy, n) == getattr(usual, n) for n in SETTINGS)


@transaction.atomic
def policy_set(
    *,
    actor: Actor,
    rules: tiers.Tiers,
    effective_on: dt.date | None = None,
    starts: list[Decimal | None] | None = None,
    note: str = "",
    based_on: int | None = None,
    **settings: Any,
) -> ApprovalPolicy:
    """A new version of the tiers from `effective_on` (today where not said).

    Requests in flight keep the version under which they were submitted. `settings` not given stay
    as they were. `based_on` is the newest version that the writer has seen. Raises Denied; Invalid
    naming each tier or step that breaks a rule (gaps, overlaps, no final tier, a role nobody
    holds), a date that has passed, or a version that came meanwhile.
    """
    policies.check_can_manage_policy(actor=actor)
    lock_company("policy")
    company = Tenant.objects.get()
    before = policy_in_force(company.today)
    latest = ApprovalPolicy.objects.aggregate(latest=Max("version"))["latest"] or 0
    policy = ApprovalPolicy(
        version=latest + 1,
        effective_on=effective_on or company.today,
        currency=company.currency,
        note=note.strip(),
        created_by=actor if isinstance(actor, Member) else None,
        **{name: getattr(before, name) for name in SETTINGS} | settings,
    )
    errors = tiers.problems(rules, currency=company.currency, held=held_roles(), starts=starts)
    if policy.effective_on < company.today:
        errors["effective_on"] = "Choose today or a later date: what was decided stays decided."
    elif policy.effective_on.year > company.today.year + 10:
        errors["effective_on"] = "Choose a date within ten years."
    if based_on is not None and based_on != latest:
        errors["based_on"] = f"Version {latest} was saved meanwhile. Look at it, then save again."
    if errors:
        raise Invalid(errors)
    policy.tiers = tiers.to_json(rules, company.currency)
    validate(policy)
    policy.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="approval_policy.created",
        target=policy,
        changes={
            "version": policy.version,
            "effective_on": policy.effective_on,
            "tiers": policy.tiers,
            "changes": tiers.changes_in_words(before.rules, rules, company.currency),
            **{name: getattr(policy, name) for name in SETTINGS},
        },
    )
    return policy
