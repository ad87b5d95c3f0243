"""The scope dial, and the cost comparison with savings and ROI."""

import csv
import datetime as dt
import io
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST

from engagements import policies_value as policies
from engagements import services
from engagements.cost import (
    COMPARISON,
    HIGHEST_FEE,
    LOWEST_FEE,
    USD_FULL_TIME,
    Comparison,
    comparison,
    less_percent,
)
from engagements.forms_value import DismissForm, FullTimeForm, JudgeForm, SavingForm, SignalForm
from engagements.models import Engagement, Saving
from engagements.policies import check_can_propose_terms
from engagements.scope_dial import (
    Suggestion,
    last_ended,
    quarter_name,
    quarter_of,
    suggestion,
)
from engagements.timesheet import plain_cell
from engagements.value_periods import asked_day, asked_period
from engagements.views.rows import engagement_at
from tenants.errors import NotFound
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.policies import allowed

QUARTERS_BACK = 4


@tenant_page("terms.view")
def scope_dial(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """The suggested scope of a quarter, with its reasons, its cost, and what is missing."""
    return _dial(request, engagement_at(engagement_id))


@require_POST
@tenant_page("terms.view", write="signal.enter")
def signal_add(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """Enter a growth signal."""
    engagement = engagement_at(engagement_id)
    form = SignalForm(request.POST, quarters=_quarters(request.tenant.today))
    if form.is_valid():
        made = form.send(services.signal_enter, actor=request.member, **form.facts())
        if made is not None:
            messages.success(request, f"{made.get_kind_display()} entered.")
            return redirect_after_post(request, _dial_address(slug, engagement, made.quarter))
    return _dial(request, engagement, signal=form)


@require_POST
@tenant_page("terms.view", write="terms.manage")
def scope_dismiss(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """Decide against the suggestion of a quarter."""
    engagement = engagement_at(engagement_id)
    quarter = _quarter_asked(request)
    form = DismissForm(request.POST)
    if form.is_valid():
        made = form.send(
            services.scope_dismiss,
            engagement=engagement,
            actor=request.member,
            quarter=quarter,
            **form.cleaned_data,
        )
        if made is not None:
            messages.success(request, "Dismissed. The next quarter asks again.")
            return redirect_after_post(request, _dial_address(slug, engagement, quarter))
    return _dial(request, engagement, dismiss=form)


@tenant_page("terms.view")
def cost_comparison(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """Full time against the fee, savings, and the return over a period."""
    return _cost(request, engagement_at(engagement_id))


@tenant_page("terms.view")
def cost_export(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """The comparison of a period as CSV: what, amount, currency, note."""
    engagement = engagement_at(engagement_id)
    today = request.tenant.today
    first, last = asked_period(request.GET, engagement, today)
    found = comparison(engagement, first=first, last=last, today=today)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["what", "amount", "currency", "note"])
    writer.writerows(_cost_rows(found))
    name = f"{slug}-cost-comparison-{first}-{last}.csv"
    return HttpResponse(
        "\ufeff" + out.getvalue(),  # spreadsheets read UTF-8 by its mark
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
@tenant_page("terms.view", write="terms.manage")
def full_time_set(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """The company's own figure of full time."""
    engagement = engagement_at(engagement_id)
    form = FullTimeForm(request.POST)
    if form.is_valid():
        made = form.send(services.full_time_cost_set, actor=request.member, **form.cleaned_data)
        if made is not None:
            messages.success(request, "Saved.")
            return redirect_after_post(request, _cost_address(slug, engagement))
    return _cost(request, engagement, full_time=form)


@require_POST
@tenant_page("terms.view", write="saving.enter")
def saving_add(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """Enter a saving."""
    engagement = engagement_at(engagement_id)
    form = SavingForm(request.POST)
    if form.is_valid():
        made = form.send(
            services.saving_enter, engagement=engagement, actor=request.member, **form.cleaned_data
        )
        if made is not None:
            messages.success(request, "Entered. It counts once it is verified.")
            return redirect_after_post(request, _cost_address(slug, engagement))
    return _cost(request, engagement, saving=form)


@require_POST
@tenant_page("terms.view", write="saving.verify")
def saving_judge(request: TenantRequest, slug: str, saving_id: UUID) -> HttpResponse:
    """Verify a saving or refuse it: the button says which."""
    saving = Saving.objects.filter(pk=saving_id).select_related("engagement").first()
    if saving is None:
        raise NotFound()
    form = JudgeForm(request.POST)
    if form.is_valid():
        verified = request.POST.get("verified") == "1"
        judged = form.send(
            services.saving_judge,
            saving=saving,
            actor=request.member,
            verified=verified,
            **form.cleaned_data,
        )
        if judged is not None:
            messages.success(request, f"{judged.title}: {judged.get_status_display().lower()}.")
            return redirect_after_post(request, _cost_address(slug, judged.engagement))
    return _cost(request, engagement_at(saving.engagement_id), judged=(saving.pk, form))


def _dial(
    request: TenantRequest,
    engagement: Engagement,
    *,
    signal: SignalForm | None = None,
    dismiss: DismissForm | None = None,
) -> HttpResponse:
    today = request.tenant.today
    quarter = _quarter_asked(request)
    found = suggestion(engagement, quarter, today=today)
    may_change = allowed(policies.check_can_dismiss_scope, actor=request.member)
    context = {
        "engagement": engagement,
        "dial": found,
        "quarter_name": quarter_name,
        "quarters": _quarters(today),
        "today": today,
        "signal": signal
        or SignalForm(initial={"quarter": quarter.isoformat()}, quarters=_quarters(today)),
        "dismiss": dismiss or DismissForm(),
        "may_enter": allowed(policies.check_can_enter_signal, actor=request.member),
        "may_change": may_change,
        "may_propose": allowed(
            check_can_propose_terms, actor=request.member, engagement=engagement
        ),
        "proposal": _proposal_address(request, engagement, found) if found.is_change else "",
    }
    refused = signal is not None or dismiss is not None
    return render(request, "engagements/scope_dial.html", context, status=422 if refused else 200)


def _cost(
    request: TenantRequest,
    engagement: Engagement,
    *,
    full_time: FullTimeForm | None = None,
    saving: SavingForm | None = None,
    judged: tuple[UUID, JudgeForm] | None = None,
) -> HttpResponse:
    today, member = request.tenant.today, request.member
    first, last = asked_period(request.GET, engagement, today)
    found = comparison(engagement, first=first, last=last, today=today)
    context = {
        "engagement": engagement,
        "found": found,
        "table": COMPARISON,
        "range": [
            (fee, fee * 12, less_percent(fee * 12, USD_FULL_TIME))
            for fee in (LOWEST_FEE, HIGHEST_FEE)
        ],
        "usd_full_time": USD_FULL_TIME,
        "today": today,
        "query": request.GET.urlencode(),
        "full_time": full_time or FullTimeForm(),
        "saving": saving or SavingForm(initial={"saved_on": today.isoformat()}),
        "judged": judged,
        "may_enter": allowed(policies.check_can_enter_saving, actor=member),
        "may_judge": {
            s.pk
            for s in found.savings
            if allowed(policies.check_can_judge_saving, actor=member, saving=s, verified=False)
        },
        "may_set": allowed(policies.check_can_set_full_time_cost, actor=member),
    }
    refused = any(form is not None for form in (full_time, saving, judged))
    return render(
        request, "engagements/cost_comparison.html", context, status=422 if refused else 200
    )


def _cost_rows(found: Comparison) -> list[list[Any]]:
    code = found.currency
    rows: list[list[Any]] = [
        ["full_time_a_year", found.full_time or "", code, plain_cell(found.full_time_source)],
        ["fee_a_year", found.year_fee or "", code, "Twelve months of the fee in force"],
        ["less_percent", found.less_percent or "", "", "(full time − fee) ÷ full time"],
    ]
    for line in found.lines:
        note = f"{line.first} to {line.last}, {line.days} days at {line.terms.monthly_fee} a month"
        rows.append(["fee", line.amount, code, note])
    rows.append(["fees", found.fees, code, f"{found.first} to {found.last}"])
    for saving in found.savings:
        note = plain_cell(f"{saving.saved_on} {saving.title}")
        rows.append([f"saving_{saving.status}", saving.amount, code, note])
    rows.append(["verified_savings", found.verified_amount, code, "These alone count"])
    roi = found.roi_percent
    rows.append(["roi_percent", "" if roi is None else roi, "", "(verified savings − fees) ÷ fees"])
    return rows


def _quarter_asked(request: TenantRequest) -> dt.date:
    """The quarter that `?quarter=` (any of its days) names, the last one that ended without it."""
    day = asked_day(request.GET.get("quarter"), "quarter")
    return quarter_of(day) if day else last_ended(request.tenant.today)


def _quarters(today: dt.date) -> list[dt.date]:
    """The quarter that runs and those before it, newest first."""
    found = [quarter_of(today)]
    while len(found) <= QUARTERS_BACK:
        found.append(quarter_of(found[-1] - dt.timedelta(days=1)))
    return found


def _proposal_address(request: TenantRequest, engagement: Engagement, found: Suggestion) -> str:
    """The form that proposes the change, filled in."""
    slug = request.tenant.slug
    try:
        address = reverse("proposal_create", args=[slug, engagement.pk])
    except NoReverseMatch:
        address = reverse("terms_add", args=[slug, engagement.pk])
    facts = {"scope_level": str(found.level)}
    if found.cost is not None:
        facts["hours_per_month"] = f"{found.cost.hours_then.normalize():f}"
        if found.cost.fee_then is not None:
            facts["monthly_fee"] = f"{found.cost.fee_then:f}"
    return f"{address}?{urlencode(facts)}"


def _dial_address(slug: str, engagement: Engagement, quarter: dt.date) -> str:
    return f"{reverse('scope_dial', args=[slug, engagement.pk])}?quarter={quarter}"


def _cost_address(slug: str, engagement: Engagement) -> str:
    return reverse("cost_comparison", args=[slug, engagement.pk])
