"""Spend's share of a handover pack: what was decided, under which tiers, and the budgets."""

from collections.abc import Iterator, Sequence
from typing import Any

from decisions import tiers
from decisions.models import (
    ApprovalPolicy,
    Budget,
    Delegation,
    Invoice,
    SpendEvent,
    SpendRequest,
)
from engagements.handover.registry import Check, Content, page, register_part
from engagements.handover.tables import csv_lines, model_csv, when
from engagements.models import Engagement

Status = SpendRequest.Status
BATCH = 500
_REQUEST = (
    *("number", "title", "vendor", "kind", "status", "requester", "submitted", "decided"),
    *("commitment", "currency", "paid", "tier", "policy version", "budget line", "initiative"),
    *("benefit expected", "benefit found"),
)
_TRAIL = ("request", "at", "what", "who", "on behalf of", "policy version", "step", "note")


def register() -> None:
    """The part, from `AppConfig.ready`."""
    register_part(
        "spend",
        "Spend, approvals and budgets",
        writer=files,
        completeness=checks,
        order=45,
        weight=2,
    )


def files(engagement: Engagement) -> Iterator[tuple[str, Content]]:
    """Every request that was sent with its trail, each version of the tiers, budgets and invoices.

    Drafts stay out: they are their writers' own.
    """
    if _sent().exists():
        yield "spend/requests.csv", csv_lines(_REQUEST, _request_rows())
        yield "spend/approvals.csv", csv_lines(_TRAIL, _trail_rows())
    versions = list(ApprovalPolicy.objects.order_by("version"))
    if versions:
        yield "spend/approval-tiers.md", [_tiers_text(versions, engagement)]
    for name, rows in (
        ("budgets", Budget.objects.order_by("starts_on", "name", "id")),
        ("invoices", Invoice.objects.order_by("invoiced_on", "id")),
        ("delegations", Delegation.objects.order_by("starts_at", "id")),
    ):
        if rows.exists():
            yield f"spend/{name}.csv", model_csv(rows)


def checks(engagement: Engagement) -> list[Check]:
    requests, link = SpendRequest.objects.all(), page("spend_list")
    waiting = requests.in_flight().count()
    ordered = requests.filter(status=Status.ORDERED).count()
    emergencies = requests.to_ratify().count()
    benefits = requests.benefit_due(engagement.tenant.today).count()
    return [
        Check(not waiting, f"Spend: {_so_many(waiting, 'request')} not decided", link),
        Check(not ordered, f"Spend: {_so_many(ordered, 'order')} not closed", link),
        Check(not emergencies, f"Spend: {_so_many(emergencies, 'emergency')} not ratified", link),
        Check(not benefits, f"Spend: {_so_many(benefits, 'benefit')} not looked at", link),
        Check(
            Budget.objects.exists() or not _sent().exists(),
            "Spend: there are requests and no budget",
            page("budget_list"),
        ),
    ]


def _so_many(count: int, noun: str) -> str:
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"


def _sent() -> Any:
    return SpendRequest.objects.exclude(submitted_at=None)


def _request_rows() -> Iterator[Sequence[Any]]:
    for row in _sent().with_people().order_by("number").iterator(chunk_size=BATCH):
        yield (
            *(row.reference, row.title, row.vendor, row.kind, row.status, row.requester.name),
            *(row.submitted_at, row.decided_at, row.commitment_amount, row.home_currency),
            *(row.paid_amount, row.tier, row.policy.version if row.policy else None),
            *(row.budget_line.name if row.budget_line else "", row.initiative_name),
            *(row.benefit_expected, row.benefit_note),
        )


def _trail_rows() -> Iterator[Sequence[Any]]:
    sent = _sent().values("pk")
    rows = SpendEvent.objects.with_people().select_related("request").filter(request__in=sent)
    for row in rows.order_by("request__number", "at", "id").iterator(chunk_size=BATCH):
        behalf = row.on_behalf_of.name if row.on_behalf_of else ""
        yield (
            *(row.request.reference, row.at, row.verb, row.actor_name, behalf),
            *(row.policy_version, row.step, row.note),
        )


def _tiers_text(versions: Sequence[ApprovalPolicy], engagement: Engagement) -> str:
    """Each version in words, the oldest first."""
    zone = engagement.tenant.zone
    lines = ["# Approval tiers", ""]
    for policy in versions:
        made = when(policy.created_at, zone)
        lines += [f"## Version {policy.version}, from {policy.effective_on}", "", f"Made {made}."]
        lines += [policy.note] * bool(policy.note) + [""]
        rules = policy.rules
        lines += [
            f"- {tiers.range_in_words(rules, number, policy.currency)}: "
            f"{tiers.steps_in_words(rule.steps)}"
            for number, rule in enumerate(rules, 1)
        ]
        lines.append("")
    return "\n".join(lines)
