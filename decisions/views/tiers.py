"""The approval tiers: in force, edited, tried, and how they came to be."""

import datetime as dt
import itertools
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from decisions import tiers
from decisions.forms_policy import RULES, PolicyForm, TiersDraft, TryForm
from decisions.models import ApprovalPolicy, SpendRequest
from decisions.policy_in_force import policy_in_force
from decisions.roster import load_roster
from decisions.routing import Roster
from decisions.services.tiers import SETTINGS, policy_set
from decisions.simulate import Simulation, simulate
from tenants.errors import Invalid
from tenants.models import Member
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.permissions import Role

VERSIONS_SHOWN, OPEN_SHOWN = 20, 3
FORM_ID = "tiers-form"


@dataclass(frozen=True)
class Version:
    """A version in the history, with what it changed."""

    policy: ApprovalPolicy
    changes: list[str]


@dataclass(frozen=True)
class Tried:
    """What trying an amount answered: the route, or why there is none."""

    found: Simulation | None
    range: str
    problem: str


@tenant_page("approval_policy.view", write="approval_policy.manage")
def tiers_edit(request: TenantRequest, slug: str) -> HttpResponse:
    """Who approves which amount; admins edit, everybody reads and tries."""
    current = policy_in_force(request.tenant.today)
    versions = list(ApprovalPolicy.objects.with_people().order_by("-version"))
    may_edit = request.member.can("approval_policy.manage")
    is_post = request.method == "POST"
    do = request.POST.get("do", "review") if is_post else ""
    draft = (
        TiersDraft.read(request.POST) if is_post else TiersDraft.of(current.rules, _home(request))
    )
    reshapes = is_post and draft.change(do, request.POST)
    rules, errors = draft.parsed(_home(request))
    roster = load_roster()
    held = frozenset(role for person in roster.people.values() for role in person.roles)
    errors |= _further(rules, errors, _home(request), held)
    form = PolicyForm(request.POST if is_post else None, initial=_initial(request, current))
    is_right = is_post and form.is_valid() and not errors
    changes = tiers.changes_in_words(current.rules, rules, _home(request)) if not errors else []
    changes += form.setting_changes(current) if is_right else []
    if do == "save" and is_right:
        if not changes:
            messages.success(request, "Nothing changed, so there is no new version.")
            return redirect_after_post(request, reverse("tiers_edit", args=[slug]))
        if made := _saved(request, form, rules):
            messages.success(request, f"Tiers saved as version {made.version}.")
            return redirect_after_post(request, reverse("tiers_edit", args=[slug]))
        errors = form.tier_errors
    trying = _try_form(request, is_post=is_post, may_edit=may_edit, rules=current.rules)
    is_whole = is_right and form.is_valid() and not errors  # a save may have been refused
    policy = _unsaved(current, form, rules, _home(request)) if is_whole else current
    tried = None if errors and is_post else _tried(trying, policy)
    waiting = SpendRequest.objects.in_flight()
    shows = is_post and not reshapes and (bool(errors) or not form.is_valid())
    context = {
        "current": current,
        "draft": draft,
        "form": form,
        "errors": errors if shows or do == "save" else {},
        "problems": [(_place(name), text) for name, text in errors.items()],
        "changes": changes,
        "warnings": tiers.warnings(rules),
        "ranges": _ranges(rules, _home(request)) if not errors else [],
        "edited": _edited(current.rules, rules),
        "holders": _holders(roster),
        "unheld": _unheld(current.rules, held),
        "rules": RULES,
        "role_name": tiers.role_name,
        "steps_in_words": tiers.steps_in_words,
        "may_edit": may_edit,
        "base": versions[0].version,
        "is_post": is_post,
        "trying": trying,
        "tried": tried,
        "open_count": waiting.count(),
        "open": list(waiting.order_by("-id")[:OPEN_SHOWN]),
        "upcoming": [v for v in versions if v.effective_on > request.tenant.today][::-1],
        "replaced_by": _after(versions, form, request.tenant.today),
        "history": _history(versions),
        "in_force": policy_steps(current, _home(request)),
        "form_id": FORM_ID,
    }
    status = 422 if shows or (do == "save" and is_post) else 200
    return render(request, "decisions/tiers_edit.html", context, status=status)


def policy_steps(policy: ApprovalPolicy, currency: str) -> list[dict[str, Any]]:
    """The tiers of a policy as a list says them: range, steps in words, the steps."""
    return [
        {
            "range": tiers.range_in_words(policy.rules, number, currency),
            "words": tiers.steps_in_words(tier.steps),
            "steps": tier.steps,
        }
        for number, tier in enumerate(policy.rules, 1)
    ]


def _home(request: TenantRequest) -> str:
    return str(request.tenant.currency)


def _initial(request: TenantRequest, current: ApprovalPolicy) -> dict[str, Any]:
    kept = {name: getattr(current, name) for name in SETTINGS}
    return kept | {"effective_on": request.tenant.today}


def _further(
    rules: tiers.Tiers, errors: dict[str, str], currency: str, held: frozenset[str]
) -> dict[str, str]:
    """What the engine finds wrong; where a limit cannot be read, only what needs none of them."""
    found = tiers.problems(rules, currency=currency, held=held)
    if any(name.endswith(".up_to") for name in errors):
        found = {name: text for name, text in found.items() if ".steps" in name}
    return {name: text for name, text in found.items() if name not in errors}


def _saved(request: TenantRequest, form: PolicyForm, rules: tiers.Tiers) -> ApprovalPolicy | None:
    seen = request.POST.get("base", "")
    made: ApprovalPolicy | None = form.send(
        policy_set,
        actor=request.member,
        rules=rules,
        based_on=int(seen) if seen.isdecimal() and len(seen) < 9 else 0,
        **form.cleaned_data,
    )
    return made


def _unsaved(
    current: ApprovalPolicy, form: PolicyForm, rules: tiers.Tiers, currency: str
) -> ApprovalPolicy:
    """The version that saving would make, for trying it."""
    settings = {name: form.cleaned_data[name] for name in SETTINGS}
    return ApprovalPolicy(
        version=current.version + 1,
        effective_on=form.cleaned_data["effective_on"],
        currency=currency,
        tiers=tiers.to_json(rules, currency),
        **settings,
    )


def _try_form(
    request: TenantRequest, *, is_post: bool, may_edit: bool, rules: tiers.Tiers
) -> TryForm:
    members = Member.objects.filter(status=Member.Status.ACTIVE).select_related("user")
    limits = [tier.up_to for tier in rules if tier.up_to is not None]
    initial = {"amount": f"{limits[-1] if limits else 10_000:,.2f}"}
    sent = request.POST if is_post else request.GET
    data = sent if "try-amount" in sent else {f"try-{k}": v for k, v in initial.items()}
    return TryForm(data, members=members, form_id=FORM_ID if may_edit else "")


def _tried(form: TryForm, policy: ApprovalPolicy) -> Tried | None:
    """The answer of the simulator; None where the form says what is wrong."""
    if not form.is_valid():
        return None
    facts = form.cleaned_data
    try:
        found = simulate(
            amount=facts["amount"],
            requester=form.members.get(facts["requester"]),
            vendor=facts["vendor"],
            policy=policy,
        )
    except Invalid as refused:
        form.add_error("amount", next(iter(refused.errors.values()), refused.message))
        return None
    words = tiers.range_in_words(policy.rules, found.tier, found.currency)
    return Tried(found, words, "" if found.can_be_approved else "Nobody could approve this.")


def _after(
    versions: list[ApprovalPolicy], form: PolicyForm, today: dt.date
) -> ApprovalPolicy | None:
    """The version that would take the place of what is edited, on its day."""
    chosen = form.cleaned_data.get("effective_on") if form.is_bound and form.is_valid() else None
    later = [v for v in versions if v.effective_on > (chosen or today)]
    return min(later, key=lambda v: (v.effective_on, -v.version), default=None)


def _place(name: str) -> str:
    """The id of the field that an error of the tiers is about."""
    parts = name.split(".")
    if parts[-1] == "up_to":
        return f"t{parts[1]}-up-to"
    return f"t{parts[1]}-s{parts[3]}-hours" if parts[-1] == "hours" else f"e-{'-'.join(parts)}"


def _ranges(rules: tiers.Tiers, currency: str) -> list[str]:
    return [tiers.range_in_words(rules, number, currency) for number in range(1, len(rules) + 1)]


def _edited(before: tiers.Tiers, after: tiers.Tiers) -> list[bool]:
    """Which of the tiers differ from those in force."""
    pairs = itertools.zip_longest(before, after)
    return [old != new for old, new in pairs][: len(after)]


def _unheld(rules: tiers.Tiers, held: frozenset[str]) -> list[str]:
    """The roles that tiers in force ask for and nobody holds, by name."""
    asked = {role for tier in rules for step in tier.steps for role in step.roles}
    return [tiers.role_name(role) for role in Role if role.value in asked - held]


def _holders(roster: Roster) -> dict[str, str]:
    """Who holds each role: a name, or how many."""
    found = {}
    for role in Role:
        people = roster.holders([role.value])
        found[role.value] = people[0].name if len(people) == 1 else f"{len(people)} members"
        if not people:
            found[role.value] = "nobody"
    return found


def _history(versions: list[ApprovalPolicy]) -> list[Version]:
    """The newest versions first, each with what it changed against the one before it."""
    pairs = itertools.zip_longest(versions, versions[1:])
    return [_version(policy, before) for policy, before in pairs][:VERSIONS_SHOWN]


def _version(policy: ApprovalPolicy, before: ApprovalPolicy | None) -> Version:
    if before is None:
        return Version(policy, [])
    changes = tiers.changes_in_words(before.rules, policy.rules, policy.currency)
    if before.own_authority != policy.own_authority:
        allowed = "allowed" if policy.own_authority else "no longer allowed"
        changes.append(f"Within own authority: {allowed}")
    for name, words in (
        ("splitting_days", "Count together within"),
        ("expires_after_days", "Expires after"),
    ):
        old, new = getattr(before, name), getattr(policy, name)
        if old != new:
            changes.append(f"{words}: from {old} to {new} days")
    return Version(policy, changes)
