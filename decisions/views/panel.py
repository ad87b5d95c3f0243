"""The forms beside a request: each thing that the reader may do now."""

from typing import Any

from decisions import pages
from decisions.forms import (
    BenefitForm,
    BenefitReviewForm,
    CommentForm,
    ExceptionForm,
    ExtendForm,
    InvoiceForm,
    OptionalReasonForm,
    OrderForm,
    ReasonForm,
    RejectForm,
    SayForm,
    VoteForm,
)
from decisions.ladder import Ladder
from decisions.models import SpendRequest
from decisions.tiers import Rule
from kpis.models import Kpi
from tenants.files.forms import FileForm
from tenants.models import Member
from tenants.pages import TenantRequest

ACTS = (
    "submit", "attach", "approve", "reject", "vote", "request-changes", "extend", "bypass",
    "ratify", "withdraw", "comment", "order", "invoice", "close", "budget-exception", "benefit",
    "benefit-review",
)  # fmt: skip
"""All that can be done with a request on its page; each has an address of its own."""


def panel(
    request: TenantRequest,
    row: SpendRequest,
    ladder: Ladder,
    can: dict[str, bool],
    bound: dict[str, Any],
) -> dict[str, Any]:
    """Forms by action, those that came back with errors in place of empty ones.

    None stands for what the reader may not do now.
    """
    forms: dict[str, Any] = dict.fromkeys(ACTS)
    if can["approve"]:
        behalf = stands_in(ladder, request.member)
        forms["approve"] = SayForm(stands_in=behalf, auto_id="approve-%s")
        forms["reject"] = RejectForm(stands_in=behalf, auto_id="reject-%s")
        forms["vote"] = VoteForm(stands_in=behalf, auto_id="vote-%s")
        forms["request-changes"] = ReasonForm(auto_id="changes-%s")
    simple = {
        "extend": ExtendForm,
        "bypass": ReasonForm,
        "ratify": OptionalReasonForm,
        "withdraw": OptionalReasonForm,
        "comment": CommentForm,
        "order": OrderForm,
        "invoice": InvoiceForm,
        "close": OptionalReasonForm,
    }
    forms |= {name: form(auto_id=f"{name}-%s") for name, form in simple.items() if can.get(name)}
    if can["budget_exception"] and row.budget_line_id is not None:
        forms["budget-exception"] = ExceptionForm(auto_id="exception-%s")
    if can["benefit"] and row.benefit_review_on is None:
        kpis = Kpi.objects.filter(is_active=True)
        forms["benefit"] = BenefitForm(kpis=kpis, auto_id="benefit-%s")
    if can["benefit"] and row.benefit_review_on and row.benefit_reviewed_at is None:
        forms["benefit-review"] = BenefitReviewForm(auto_id="review-%s")
    if can["change"] or can["amend"]:
        forms["attach"] = FileForm(auto_id="attach-%s")
    current = next((s for s in ladder.open if s.can_decide(request.member.pk)), None)
    return {
        "forms": forms | bound,
        "votes": current is not None and current.step.rule == Rule.MAJORITY,
    }


def stands_in(ladder: Ladder, member: Member) -> list[Member]:
    """Those whose word is awaited and for whom the reader may speak."""
    ids = pages.stands_in_for(ladder, member)
    return list(Member.objects.select_related("user").filter(pk__in=ids)) if ids else []
