"""What people do with a request: one address for each act, one service behind it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from decisions.ladder import ladder_of
from decisions.models import SpendRequest
from decisions.policies import check_can_decide, check_can_extend
from decisions.services import buying, decide, requests
from decisions.views.panel import FORMS
from decisions.views.requests import address, request_at, show
from tenants.errors import WrongState
from tenants.files.forms import FileForm
from tenants.files.services import attach
from tenants.pages import TenantRequest, redirect_after_post, tenant_page

View = Callable[..., HttpResponseBase]
SAYING = ("approve", "reject", "vote")


def act(
    name: str,
    permission: str,
    service: Callable[..., Any],
    words: str,
    *,
    may: Callable[..., Any] | None = None,
) -> View:
    """The view of one act: check who asks, read the form, call the service, say what was done.

    `may` is asked first: who may not act on the ladder hears so before what they typed is looked
    at. `words` has the request's reference put in. Where somebody was faster, or the budget has no
    room, the answer is the request as it stands now, with the reason and what was typed.
    """

    @require_POST
    @tenant_page(permission)
    def view(request: TenantRequest, slug: str, request_id: Any) -> HttpResponse:
        row = request_at(request_id, request)
        ladder = ladder_of(row)
        form = FORMS[name](request.member, ladder, request.POST)
        try:
            if may is not None:
                may(actor=request.member, ladder=ladder)
            is_done = form.is_valid() and (
                form.send(service, request=row, actor=request.member, **form.facts()) is not None
            )
        except WrongState as refused:
            messages.error(request, refused.message)
            kept = {name: form} if name in SAYING else {}
            return show(request, request_at(request_id, request), bound=kept, status=409)
        if is_done:
            messages.success(request, words % {"it": row.reference})
            return redirect_after_post(request, address(slug, row))
        return show(request, row, bound={name: form})

    view.__name__ = f"spend_{name.replace('-', '_')}"
    return view


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
    "submit",
    "spend.request",
    requests.request_submit,
    "%(it)s sent.",
)
spend_extend = act(
    "extend",
    "spend.decide",
    decide.request_extend,
    "%(it)s has more time.",
    may=check_can_extend,
)
spend_approve = act(
    "approve",
    "spend.decide",
    decide.request_approve,
    "%(it)s: your approval stands.",
    may=check_can_decide,
)
spend_reject = act(
    "reject",
    "spend.decide",
    decide.request_reject,
    "%(it)s rejected.",
    may=check_can_decide,
)
spend_vote = act(
    "vote",
    "spend.decide",
    decide.request_vote,
    "%(it)s: your vote counts.",
    may=check_can_decide,
)
spend_request_changes = act(
    "request-changes",
    "spend.decide",
    decide.request_changes,
    "%(it)s sent back for changes.",
    may=check_can_decide,
)
spend_bypass = act(
    "bypass",
    "spend.bypass",
    decide.request_bypass,
    "%(it)s approved in an emergency. It must be ratified.",
)
spend_ratify = act(
    "ratify",
    "spend.ratify",
    decide.request_ratify,
    "%(it)s: the emergency is ratified.",
)
spend_withdraw = act(
    "withdraw",
    "spend.request",
    requests.request_withdraw,
    "%(it)s withdrawn.",
)
spend_comment = act(
    "comment",
    "spend.request",
    requests.request_comment,
    "%(it)s: everyone on it was told.",
)
spend_order = act(
    "order",
    "spend.order",
    buying.request_order,
    "%(it)s ordered.",
)
spend_invoice = act(
    "invoice",
    "spend.pay",
    buying.invoice_record,
    "%(it)s: invoice recorded.",
)
spend_close = act(
    "close",
    "spend.order",
    _close,
    "%(it)s closed; what was not spent is released.",
)
spend_budget_exception = act(
    "budget-exception",
    "budget.except",
    decide.request_except,
    "%(it)s may go over its line.",
)
spend_benefit = act(
    "benefit",
    "spend.order",
    buying.benefit_plan,
    "%(it)s: its benefit has a date.",
)
spend_benefit_review = act(
    "benefit-review",
    "spend.order",
    buying.benefit_review,
    "%(it)s: its benefit is on record.",
)
