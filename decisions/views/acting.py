"""What people do with a request: one address for each act, one service behind it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

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
from decisions.ladder import ladder_of
from decisions.models import SpendRequest
from decisions.policies import check_can_decide, check_can_extend
from decisions.services import buying, decide, requests
from decisions.views.panel import stands_in
from decisions.views.requests import address, request_at, show
from kpis.models import Kpi
from tenants.files.forms import FileForm
from tenants.files.services import attach
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.ui.forms import ServiceForm

MakeForm = Callable[[TenantRequest, SpendRequest, Any], ServiceForm]
View = Callable[..., HttpResponseBase]


def act(
    name: str,
    permission: str,
    service: Callable[..., Any],
    make: MakeForm,
    words: str,
    *,
    may: Callable[..., Any] | None = None,
) -> View:
    """The view of one act: check who asks, read the form, call the service, say what was done.

    `may` is asked first: who may not act on the ladder hears so before what they typed is looked
    at. `words` has the request's reference put in.
    """

    @require_POST
    @tenant_page(permission)
    def view(request: TenantRequest, slug: str, request_id: Any) -> HttpResponse:
        row = request_at(request_id, request)
        if may is not None:
            may(actor=request.member, ladder=ladder_of(row))
        form = make(request, row, request.POST)
        if form.is_valid():
            done = form.send(service, request=row, actor=request.member, **form.facts())
            if done is not None:
                messages.success(request, words % {"it": row.reference})
                return redirect_after_post(request, address(slug, row))
        return show(request, row, bound={name: form})

    view.__name__ = f"spend_{name.replace('-', '_')}"
    return view


def _plain(form: type[ServiceForm], prefix: str) -> MakeForm:
    return lambda _request, _row, data: form(data, auto_id=f"{prefix}-%s")


def _speaking(form: type[SayForm], prefix: str) -> MakeForm:
    def make(request: TenantRequest, row: SpendRequest, data: Any) -> ServiceForm:
        people = stands_in(ladder_of(row), request.member)
        return form(data, stands_in=people, auto_id=f"{prefix}-%s")

    return make


def _benefit(request: TenantRequest, row: SpendRequest, data: Any) -> ServiceForm:
    return BenefitForm(data, kpis=Kpi.objects.filter(is_active=True), auto_id="benefit-%s")


@require_POST
@tenant_page("spend.request")
def spend_attach(request: TenantRequest, slug: str, request_id: Any) -> HttpResponse:
    """Keep a file with the request, while its requester may change it."""
    row = request_at(request_id, request)
    form = FileForm(request.POST, request.FILES, auto_id="attach-%s")
    if form.is_valid():
        file = form.send(attach, target=row, actor=request.member)
        if file is not None:
            messages.success(request, f"{file.name} attached.")
            return redirect_after_post(request, address(slug, row))
    return show(request, row, bound={"attach": form})


def _close(*, request: SpendRequest, actor: Any, reason: str) -> Any:
    return buying.request_close(request=request, actor=actor, note=reason)


spend_submit = act(
    "submit", "spend.request", requests.request_submit, _plain(ServiceForm, "submit"),
    "%(it)s sent.",
)  # fmt: skip
spend_extend = act(
    "extend", "spend.decide", decide.request_extend, _plain(ExtendForm, "extend"),
    "%(it)s has more time.", may=check_can_extend,
)  # fmt: skip
spend_approve = act(
    "approve", "spend.decide", decide.request_approve, _speaking(SayForm, "approve"),
    "%(it)s: your approval stands.", may=check_can_decide,
)  # fmt: skip
spend_reject = act(
    "reject", "spend.decide", decide.request_reject, _speaking(RejectForm, "reject"),
    "%(it)s rejected.", may=check_can_decide,
)  # fmt: skip
spend_vote = act(
    "vote", "spend.decide", decide.request_vote, _speaking(VoteForm, "vote"),
    "%(it)s: your vote counts.", may=check_can_decide,
)  # fmt: skip
spend_request_changes = act(
    "request-changes", "spend.decide", decide.request_changes, _plain(ReasonForm, "changes"),
    "%(it)s sent back for changes.", may=check_can_decide,
)  # fmt: skip
spend_bypass = act(
    "bypass", "spend.bypass", decide.request_bypass, _plain(ReasonForm, "bypass"),
    "%(it)s approved in an emergency. It must be ratified.",
)  # fmt: skip
spend_ratify = act(
    "ratify", "spend.ratify", decide.request_ratify, _plain(OptionalReasonForm, "ratify"),
    "%(it)s: the emergency is ratified.",
)  # fmt: skip
spend_withdraw = act(
    "withdraw", "spend.request", requests.request_withdraw, _plain(OptionalReasonForm, "withdraw"),
    "%(it)s withdrawn.",
)  # fmt: skip
spend_comment = act(
    "comment", "spend.request", requests.request_comment, _plain(CommentForm, "comment"),
    "%(it)s: everyone on it was told.",
)  # fmt: skip
spend_order = act(
    "order", "spend.order", buying.request_order, _plain(OrderForm, "order"), "%(it)s ordered.",
)  # fmt: skip
spend_invoice = act(
    "invoice", "spend.pay", buying.invoice_record, _plain(InvoiceForm, "invoice"),
    "%(it)s: invoice recorded.",
)  # fmt: skip
spend_close = act(
    "close", "spend.order", _close, _plain(OptionalReasonForm, "close"),
    "%(it)s closed; what was not spent is released.",
)  # fmt: skip
spend_budget_exception = act(
    "budget-exception", "budget.except", decide.request_except, _plain(ExceptionForm, "exception"),
    "%(it)s may go over its line.",
)  # fmt: skip
spend_benefit = act(
    "benefit", "spend.order", buying.benefit_plan, _benefit, "%(it)s: its benefit has a date.",
)  # fmt: skip
spend_benefit_review = act(
    "benefit-review", "spend.order", buying.benefit_review, _plain(BenefitReviewForm, "review"),
    "%(it)s: its benefit is on record.",
)  # fmt: skip
