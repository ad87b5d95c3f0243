"""The forms beside a request: each thing that the reader may do now."""

from collections.abc import Callable
from typing import Any

from django import forms

from decisions import pages
from decisions.forms import (
    VOTES,
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
from decisions.policies import check_can_decide
from decisions.tiers import Rule
from kpis.models import Kpi
from tenants.errors import DomainError
from tenants.files.forms import FileForm
from tenants.models import Member
from tenants.pages import TenantRequest
from tenants.ui.forms import ServiceForm

ANSWERS = ("approve", "reject", "changes", "for", "against")
"""What a link from a mail can choose."""
MakeForm = Callable[[Member, Ladder, Any], Any]


def _plain(form: type[forms.Form], prefix: str) -> MakeForm:
    return lambda _member, _ladder, data: form(data, auto_id=f"{prefix}-%s")


def _speaking(form: type[SayForm], prefix: str) -> MakeForm:
    def make(member: Member, ladder: Ladder, data: Any) -> ServiceForm:
        return form(data, stands_in=stands_in(ladder, member), auto_id=f"{prefix}-%s")

    return make


def _benefit(_member: Member, ladder: Ladder, data: Any) -> ServiceForm:
    row = ladder.request
    planned = {
        "review_on": row.benefit_review_on,
        "expected": row.benefit_expected,
        "kpi": str(row.benefit_kpi_id or ""),
    }
    kpis = Kpi.objects.filter(is_active=True)
    return BenefitForm(data, initial=planned, kpis=kpis, auto_id="benefit-%s")


FORMS: dict[str, MakeForm] = {
    "submit": _plain(ServiceForm, "submit"),
    "attach": _plain(FileForm, "attach"),
    "approve": _speaking(SayForm, "approve"),
    "reject": _speaking(RejectForm, "reject"),
    "vote": _speaking(VoteForm, "vote"),
    "request-changes": _plain(ReasonForm, "changes"),
    "extend": _plain(ExtendForm, "extend"),
    "bypass": _plain(ReasonForm, "bypass"),
    "ratify": _plain(OptionalReasonForm, "ratify"),
    "withdraw": _plain(OptionalReasonForm, "withdraw"),
    "comment": _plain(CommentForm, "comment"),
    "order": _plain(OrderForm, "order"),
    "invoice": _plain(InvoiceForm, "invoice"),
    "close": _plain(OptionalReasonForm, "close"),
    "budget-exception": _plain(ExceptionForm, "exception"),
    "benefit": _benefit,
    "benefit-review": _plain(BenefitReviewForm, "review"),
}
"""The form of each act on a request; each has an address of its own."""
ACTS = tuple(FORMS)


def panel(
    request: TenantRequest,
    row: SpendRequest,
    ladder: Ladder,
    can: dict[str, bool],
    bound: dict[str, Any],
    *,
    say: str = "",
) -> dict[str, Any]:
    """Forms by action, those that came back with errors in place of empty ones.

    None stands for what the reader may not do now. `say` is the answer that a mail's link chose.
    """
    say = say if say in ANSWERS else ""
    shown = _shown(row, can)
    shown_forms = {
        name: bound.get(name) or (make(request.member, ladder, None) if shown[name] else None)
        for name, make in FORMS.items()
    }
    if say in dict(VOTES) and shown_forms["vote"] is not None:
        shown_forms["vote"].initial = {"vote": say}
    current = next((s for s in ladder.open if s.can_decide(request.member.pk)), None)
    return {
        "forms": shown_forms,
        "votes": current is not None and current.step.rule == Rule.MAJORITY,
        "say": say if can["approve"] else "",
        "too_late": "" if can["approve"] or not say else why_not(request.member, ladder),
    }


def _shown(row: SpendRequest, can: dict[str, bool]) -> dict[str, bool]:
    """Which forms the reader gets: those of what they may do, each benefit form in its time."""
    may_look = can["benefit"] and row.benefit_reviewed_at is None
    shown = {name: can.get(name.replace("-", "_"), False) for name in FORMS}
    return shown | {
        "attach": can["change"] or can["amend"],
        "budget-exception": can["budget_exception"] and row.budget_line_id is not None,
        "benefit": may_look,
        "benefit-review": may_look and row.benefit_review_on is not None,
    }


def why_not(member: Member, ladder: Ladder) -> str:
    """Why this member cannot say anything now, in words."""
    try:
        check_can_decide(actor=member, ladder=ladder)
    except DomainError as refused:
        return refused.message
    return ""


def stands_in(ladder: Ladder, member: Member) -> list[Member]:
    """Those whose word is awaited and for whom the reader may speak."""
    ids = pages.stands_in_for(ladder, member)
    return list(Member.objects.select_related("user").filter(pk__in=ids)) if ids else []
