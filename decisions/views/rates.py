"""Exchange rates: what foreign money was worth on a day, and where that is missing."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from decisions.commitment import RATE_MAX_AGE_DAYS
from decisions.forms_money import RateFileForm, RateForm
from decisions.models import ExchangeRate, SpendRequest
from decisions.services.rates import rate_record, rates_import
from tenants.pages import TenantRequest, redirect_after_post, tenant_page

SHOWN = 100


@dataclass(frozen=True)
class Currency:
    """A foreign currency: its newest rate's day, how many open requests need it, is it usable."""

    code: str
    newest_on: dt.date | None
    requests: int
    is_usable: bool


@tenant_page("exchange_rate.view", write="exchange_rate.manage")
def rate_list(request: TenantRequest, slug: str) -> HttpResponse:
    """The rates by day; what is missing; one more."""
    form = _rate_form(request, bound=request.method == "POST")
    if request.method == "POST" and form.is_valid():
        made = form.send(rate_record, actor=request.member, **form.facts())
        if made is not None:
            messages.success(request, f"{made} recorded.")
            return redirect_after_post(request, reverse("rate_list", args=[slug]))
    return _page(request, form, RateFileForm())


@tenant_page("exchange_rate.manage")
def rate_import(request: TenantRequest, slug: str) -> HttpResponse:
    """Rates from a CSV file: all of them, or none."""
    if request.method != "POST":
        return redirect_after_post(request, reverse("rate_list", args=[slug]))
    form = RateFileForm(request.POST, request.FILES)
    if form.is_valid():
        done = form.send(rates_import, actor=request.member, **form.facts())
        if done is not None:
            messages.success(request, f"{done['recorded']} rates recorded.")
            return redirect_after_post(request, reverse("rate_list", args=[slug]))
    return _page(request, _rate_form(request, bound=False), form)


def currencies(company: Any) -> list[Currency]:
    """Foreign currencies that requests or rates name; a rate is usable for 31 days. Two queries."""
    newest = dict(
        ExchangeRate.objects.order_by().values_list("currency").annotate(newest=Max("on"))
    )
    asked: dict[str, int] = {}
    rows = SpendRequest.objects.filter(status__in=("draft", "submitted", "changes_requested"))
    for code in rows.exclude(currency=company.currency).values_list("currency", flat=True):
        asked[code] = asked.get(code, 0) + 1
    oldest = company.today - dt.timedelta(days=RATE_MAX_AGE_DAYS)
    return [
        Currency(
            code,
            newest.get(code),
            asked.get(code, 0),
            newest.get(code) is not None and newest[code] >= oldest,
        )
        for code in sorted(newest.keys() | asked.keys())
    ]


def _rate_form(request: TenantRequest, *, bound: bool) -> RateForm:
    data = request.POST if bound else None
    return RateForm(data, initial={"on": request.tenant.today}, auto_id="rate-%s")


def _page(request: TenantRequest, form: RateForm, file_form: RateFileForm) -> HttpResponse:
    asked = request.GET.get("currency", "")[:3].upper()
    code = asked if asked.isascii() and asked.isalpha() else ""
    rows = ExchangeRate.objects.select_related("recorded_by__user").order_by("-on", "currency")
    found = list((rows.filter(currency=code) if code else rows)[: SHOWN + 1])
    context = {
        "rows": found[:SHOWN],
        "has_more": len(found) > SHOWN,
        "code": code,
        "currencies": currencies(request.tenant),
        "form": form,
        "file_form": file_form,
        "may_edit": request.member.can("exchange_rate.manage"),
        "days": RATE_MAX_AGE_DAYS,
    }
    status = 422 if form.is_bound or file_form.is_bound else 200
    return render(request, "decisions/rate_list.html", context, status=status)
