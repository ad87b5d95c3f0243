"""Statements: a month on a page, as CSV, and closing it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from engagements import figures, policies, services
from engagements.models import Engagement, Statement, TimeEntry
from engagements.retainer import first_day, next_month, parse_month
from engagements.services.statements import next_open_month
from engagements.statement_csv import statement_csv
from engagements.statements import month_is_over, statement_of
from engagements.views.rows import chosen
from tenants.errors import NotFound
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.policies import allowed

CATEGORIES = dict(TimeEntry.Category.choices)


@tenant_page("time.view")
def statement_detail(request: TenantRequest, slug: str) -> HttpResponse:
    """A month's statement, `?month=2026-10`; the last one that is over without it. It prints."""
    engagement = chosen(request, figures.engagements())
    if engagement is None:
        return render(request, "engagements/statement_detail.html", {"engagement": None})
    today = request.tenant.today
    closed = list(
        Statement.objects.filter(engagement=engagement).defer("content").order_by("month")
    )
    first = first_day(engagement.starts_on)
    latest = max(first, first_day(today))
    text = request.GET.get("month")
    month = parse_month(text, today=_before(latest, first)) if text else _before(latest, first)
    shown = statement_of(engagement, month)
    following = next_open_month(engagement, closed)
    return render(
        request,
        "engagements/statement_detail.html",
        {
            "engagement": engagement,
            "shown": shown,
            "content": shown.content,
            "categories": CATEGORIES,
            "months": _months(first, latest, {s.month for s in closed}),
            "is_over": month_is_over(engagement, month),
            "may_close": (
                month == following
                and month_is_over(engagement, month)
                and allowed(
                    policies.check_can_close_month, actor=request.member, engagement=engagement
                )
            ),
            "following": following,
            "today": today,
        },
    )


@tenant_page("time.view")
def statement_export(request: TenantRequest, slug: str) -> HttpResponse:
    """The same as CSV."""
    engagement = _engagement(request)
    month = parse_month(request.GET.get("month"), today=request.tenant.today)
    shown = statement_of(engagement, max(month, first_day(engagement.starts_on)))
    name = f"{request.tenant.slug}-statement-{shown.month:%Y-%m}.csv"
    return HttpResponse(
        "\ufeff" + statement_csv(shown),  # spreadsheets read UTF-8 by its mark
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
@tenant_page("time.view", write="statement.close")
def statement_close(request: TenantRequest, slug: str) -> HttpResponse:
    """Close a month that is over."""
    engagement = _engagement(request)
    month = parse_month(request.POST.get("month", ""), today=request.tenant.today)
    services.month_close(engagement=engagement, month=month, actor=request.member)
    messages.success(request, "Closed. Later corrections stand in the next statement.")
    address = reverse("statement_detail", args=[slug])
    return redirect_after_post(request, f"{address}?engagement={engagement.pk}&month={month:%Y-%m}")


def _engagement(request: TenantRequest) -> Engagement:
    engagement = chosen(request, figures.engagements())
    if engagement is None:
        raise NotFound()
    return engagement


def _before(latest: Any, first: Any) -> Any:
    """The month before the latest one, or the first where there is none."""
    month = first
    while next_month(month) < latest:
        month = next_month(month)
    return month


def _months(first: Any, latest: Any, closed: set[Any]) -> list[tuple[Any, bool]]:
    """(month, whether it is closed), the latest first."""
    found = []
    month = first
    while month <= latest:
        found.append((month, month in closed))
        month = next_month(month)
    return found[::-1]
