"""Spend requests: the queue, one request with all that is needed to decide, the board's page."""

import csv
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from decisions import criteria, pages, route
from decisions.aftermath import benefit_shown, bought, look_state
from decisions.history import trail_rows
from decisions.ladder import ladder_of
from decisions.models import SpendEvent, SpendRequest
from decisions.queue import queue_of
from decisions.roster import load_roster
from decisions.running_clock import clock_of
from decisions.views.panel import panel
from decisions.waiting_count import waiting_rows
from engagements.timesheet import plain_cell
from tenants.errors import NotFound
from tenants.files.services import files_of
from tenants.pages import TenantRequest, tenant_page
from tenants.paging import Page, page_of

SHOWN = 50
ENDED = ("rejected", "withdrawn", "expired")
VIEWS = (("waiting", "Waiting for me"), ("open", "Open"), ("mine", "Asked by me"), ("all", "All"))


@tenant_page("spend.view")
def spend_list(request: TenantRequest, slug: str) -> HttpResponse:
    """What waits for the reader first; then all that is open, their own, everything; `?q=` finds
    some of them by number, title, vendor or who asks."""
    rows = SpendRequest.objects.seen_by(request.member.pk)
    words = request.GET.get("q", "").replace("\0", "").strip()[:80]
    waiting = waiting_rows(rows, request.member, most=SHOWN + 1)
    chosen = request.GET.get("show", "")
    if chosen not in dict(VIEWS):
        chosen = "waiting" if waiting.exists() else "open"
    found = {
        "waiting": waiting,
        "open": rows.open(),
        "mine": rows.filter(requester=request.member.pk),
        "all": rows,
    }[chosen]
    found = (found.named(words) if words else found).with_people().with_steps()
    roster, is_queue = load_roster(), chosen == "waiting"
    queue = queue_of(found, member=request.member, roster=roster) if is_queue else []
    page = Page([], None, None) if is_queue else page_of(found, request, size=SHOWN)
    said = {"q": words} if words else {}
    context = {
        "rows": pages.list_rows(page.rows, member=request.member, roster=roster),
        **page.links({"show": chosen, **said}),
        "queue": queue[:SHOWN],
        "has_more": len(queue) > SHOWN,
        "chosen": chosen,
        "words": words,
        "views": [
            (label, f"?{urlencode({'show': key, **said})}", key == chosen) for key, label in VIEWS
        ],
        "may_ask": request.member.can("spend.request"),
    }
    return render(request, "decisions/spend_list.html", context)


@tenant_page("spend.view")
def spend_detail(request: TenantRequest, slug: str, request_id: Any) -> HttpResponse:
    """One request: what, why, what it costs, who decides, what happened.

    `?say=` of a mail chooses the answer, which the reader then confirms.
    """
    return show(request, request_at(request_id, request), say=request.GET.get("say", ""))


@tenant_page("spend.view")
def spend_one_pager(request: TenantRequest, slug: str, request_id: Any) -> HttpResponse:
    """The request for the board on one page: profit, risk, competitive advantage."""
    row = request_at(request_id, request)
    ladder = ladder_of(row)
    context = {
        "it": row,
        "amount": pages.amount_short(row),
        "headline": route.headline(ladder),
        "state": pages.STATES[row.status],
        "years": pages.cost_years(row),
        "steps": route.step_rows(ladder, now=timezone.now()),
        "views": _board_views(row),
        "may_vote": ladder.waits_for(request.member.pk),
        "effect": pages.budget_effect(row),
        "short": pages.whole,
    }
    return render(request, "decisions/spend_one_pager.html", context)


@tenant_page("spend.view")
def spend_trail_export(request: TenantRequest, slug: str, request_id: Any) -> HttpResponse:
    """The history as CSV, the first line first; times in UTC."""
    row = request_at(request_id, request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{row.reference}-trail.csv"'
    out = csv.writer(response)
    out.writerow(["at", "who", "on_behalf_of", "what", "policy_version", "round", "step", "note"])
    for event in SpendEvent.objects.filter(request=row).with_people().order_by("at", "id"):
        behalf = event.on_behalf_of.name if event.on_behalf_of else ""
        cells = [
            f"{event.at:%Y-%m-%dT%H:%M:%SZ}", event.actor_name, behalf, event.verb,
            event.policy_version or "", event.round, event.step or "", event.note,
        ]  # fmt: skip
        out.writerow([plain_cell(str(cell)) for cell in cells])
    return response


def request_at(request_id: Any, http: HttpRequest) -> SpendRequest:
    """The request with people and steps, where the reader may see it; raises NotFound."""
    rows = SpendRequest.objects.seen_by(http.member.pk)  # type: ignore[attr-defined]
    rows = rows.with_people().select_related("benefit_reviewed_by__user")
    found: SpendRequest | None = rows.with_steps().filter(pk=request_id).first()
    if found is None:
        raise NotFound
    return found


def address(slug: str, row: SpendRequest) -> str:
    return reverse("spend_detail", args=[slug, row.pk])


def show(
    request: TenantRequest,
    row: SpendRequest,
    *,
    bound: dict[str, Any] | None = None,
    say: str = "",
    status: int = 0,
) -> HttpResponse:
    """The page of a request; `bound` are forms that came back with errors, by their action."""
    ladder, now = ladder_of(row), timezone.now()
    can = route.can(request.member, ladder)
    events = SpendEvent.objects.filter(request=row).with_people()
    context = {
        "it": row,
        "amount": pages.amount_short(row),
        "headline": route.headline(ladder),
        "state": pages.STATES[row.status],
        "band": route.tier_band(row),
        "estimate": pages.estimate(row) if row.status == "draft" else None,
        "years": pages.cost_years(row),
        "judged": [
            (name, criteria.LABELS[name], row.criteria[name])
            for name in criteria.ALL
            if name in (row.criteria or {})
        ],
        "missing": [criteria.LABELS[name] for name in criteria.missing(row.criteria or {})],
        "effect": pages.budget_effect(row),
        "steps": route.step_rows(ladder, now=now),
        "waiting": route.waiting_rows(ladder),
        "why": route.explanation(ladder),
        "trail": trail_rows(events.order_by("-at", "-id"), row.home_currency or row.currency),
        "bought": bought(row),
        "benefit": benefit_shown(row),
        "look": look_state(row, request.tenant.today),
        "may_ask_again": row.status in ENDED and row.requester_id == request.member.pk,
        "clock": clock_of(ladder, now),
        "now": now,
        "files": files_of(row),
        "can": can,
        "short": pages.whole,
        **panel(request, row, ladder, can, bound or {}, say=say),
    }
    status = status or (422 if bound else 200)
    return render(request, "decisions/spend_detail.html", context, status=status)


def _board_views(row: SpendRequest) -> list[tuple[str, list[tuple[str, Any]]]]:
    """The criteria as a board asks: profit, risk, competitive advantage."""
    groups = (
        ("Profit", ("roi", "total_cost_of_ownership", "maintenance")),
        ("Risk", ("risk", "security", "integration", "timeline")),
        ("Competitive advantage", ("business_impact", "team_expertise")),
    )
    judged = row.criteria or {}
    return [
        (title, [(criteria.LABELS[name], judged[name]) for name in names if name in judged])
        for title, names in groups
    ]
