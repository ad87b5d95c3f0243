"""The engagement: its page, its form, its status, its terms."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from engagements import figures, policies, services
from engagements.forms import EngagementForm, StepForm, TermsForm
from engagements.models import (
    LIFE_CYCLE,
    Engagement,
    StatusChange,
    Terms,
    TermsProposal,
    transition_of,
)
from engagements.models.engagement import default_alerts
from engagements.retainer import ONE_DAY, history, last_day, next_month
from engagements.roadmap import minutes_by_initiative
from engagements.services.notices import notice_in_force
from engagements.value_periods import asked_terms
from engagements.views.rows import chosen, engagement_at
from engagements.views.steps import consequences, status_asked
from tenants.models import Member
from tenants.pages import TenantRequest, is_fragment, redirect_after_post, tenant_page
from tenants.policies import allowed

MONTHS_SHOWN = 12
PROPOSALS_SHOWN = 10
FIELDS = (
    "title",
    "purpose",
    "cto_id",
    "sponsor_id",
    "starts_on",
    "ends_on",
    "model",
    "renewal_lead_days",
    "closes_on_working_day",
)


@dataclass(frozen=True)
class Version:
    """Terms with those before them, and until when they hold."""

    terms: Terms
    before: Terms | None
    after: Terms | None

    @property
    def until(self) -> dt.date | None:
        """The last day on which they hold; None while none follow."""
        return self.after.effective_on - ONE_DAY if self.after else None

    @property
    def hours_change(self) -> Decimal | None:
        return self.terms.hours_per_month - self.before.hours_per_month if self.before else None

    @property
    def fee_change(self) -> Decimal | None:
        return self.terms.monthly_fee - self.before.monthly_fee if self.before else None


@tenant_page("engagement.view")
def engagement_detail(request: TenantRequest, slug: str) -> HttpResponse:
    """Who, what for, the terms and what they cost, and the retainer month by month."""
    engagements = figures.engagements()
    engagement = chosen(request, engagements)
    context: dict[str, Any] = {
        "engagement": engagement,
        "others": [e for e in engagements if e != engagement],
        "may_create": allowed(policies.check_can_create_engagement, actor=request.member),
    }
    if engagement is not None:
        context |= _actions(request.member, engagement) | _content(request, engagement)
    return render(request, "engagements/engagement_detail.html", context)


@tenant_page("engagement.manage")
def engagement_create(request: TenantRequest, slug: str) -> HttpResponse:
    """A new engagement, proposed until it is started."""
    members = _active_members()
    initial = {
        "starts_on": request.tenant.today,
        "title": "Fractional CTO",
        "alert_percents": ", ".join(map(str, default_alerts())),
    }
    form = EngagementForm(request.POST or None, initial=initial, members=members)
    if request.method == "POST" and form.is_valid():
        created = form.send(services.engagement_create, actor=request.member, **form.facts())
        if created is not None:
            messages.success(request, "Engagement created. Agree on the terms next.")
            return redirect_after_post(request, reverse("terms_add", args=[slug, created.pk]))
    return _form_page(request, form, "engagements/engagement_create.html")


@tenant_page("engagement.manage")
def engagement_update(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """Change who, what for and the dates; terms have a page of their own."""
    engagement = engagement_at(engagement_id)
    policies.check_can_change_engagement(actor=request.member, engagement=engagement)
    initial = {name.removesuffix("_id"): getattr(engagement, name) for name in FIELDS}
    initial["alert_percents"] = ", ".join(map(str, engagement.alert_percents))
    members = {m.pk: m for m in [*_active_members(), engagement.cto, engagement.sponsor] if m}
    form = EngagementForm(request.POST or None, initial=initial, members=members.values())
    if request.method == "POST" and form.is_valid():
        changed = form.send(
            services.engagement_update,
            engagement=engagement,
            actor=request.member,
            changes=form.facts(),
        )
        if changed is not None:
            messages.success(request, "Engagement saved.")
            return redirect_after_post(request, _address(slug, changed))
    return _form_page(request, form, "engagements/engagement_update.html", engagement=engagement)


@tenant_page("engagement.manage")
def engagement_transition(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """Start, pause, resume or end it as of today: what follows from it first, then the click."""
    engagement = engagement_at(engagement_id)
    status = request.POST.get("status") or request.GET.get("to", "")
    policies.check_can_move_engagement(
        actor=request.member, engagement=engagement, status=status_asked(status, engagement)
    )
    step = transition_of(engagement.status, status)
    form = StepForm(request.POST or None, asks_reason=step.asks_reason)
    if request.method == "POST" and form.is_valid():
        moved = form.send(
            services.engagement_transition,
            engagement=engagement,
            actor=request.member,
            status=status,
            **form.cleaned_data,
        )
        if moved is not None:
            messages.success(request, step.done)
            return redirect_after_post(request, _address(slug, moved))
    context = {"engagement": engagement, "step": step, "form": form} | consequences(
        engagement, status
    )
    return render(
        request,
        "engagements/engagement_transition.html",
        context,
        status=422 if form.is_bound else 200,
    )


@tenant_page("terms.manage")
def terms_start(request: TenantRequest, slug: str) -> HttpResponse:
    """Lead to the terms of the company's engagement; to the engagement where there is none."""
    engagement = figures.current_engagement()
    if engagement is None:
        messages.info(request, "Terms belong to an engagement. Start it first.")
        return redirect_after_post(request, reverse("engagement_create", args=[slug]))
    return redirect_after_post(request, reverse("terms_add", args=[slug, engagement.pk]))


@tenant_page("terms.manage")
def terms_add(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """New terms from a date on, with cost and hours before and after."""
    engagement = engagement_at(engagement_id)
    policies.check_can_add_terms(actor=request.member, engagement=engagement)
    versions = list(Terms.objects.filter(engagement=engagement))
    initial = proposed_terms(request, engagement, versions) | asked_terms(request.GET)
    form = TermsForm(request.POST or None, initial=initial)
    complete = request.method == "POST" and form.is_valid()
    only_preview = "preview" in request.POST
    if complete and not only_preview:
        terms = form.send(
            services.terms_add, engagement=engagement, actor=request.member, **form.cleaned_data
        )
        if terms is not None:
            messages.success(request, "Terms added.")
            return redirect_after_post(request, _address(slug, engagement))
    context = {
        "engagement": engagement,
        "form": form,
        "first": not versions,
        "comparison": comparison(form, versions, engagement),
    }
    if only_preview and is_fragment(request):
        return render(request, "engagements/_terms_comparison.html", context)
    refused = request.method == "POST" and not form.is_valid()
    return render(request, "engagements/terms_add.html", context, status=422 if refused else 200)


def _form_page(
    request: TenantRequest, form: EngagementForm, template: str, **context: Any
) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, template, {"form": form, **context}, status=status)


def _address(slug: str, engagement: Engagement) -> str:
    return f"{reverse('engagement_detail', args=[slug])}?engagement={engagement.pk}"


def _active_members() -> list[Member]:
    return list(Member.objects.select_related("user").filter(status__in=Member.NAMEABLE))


def _actions(member: Member, engagement: Engagement) -> dict[str, Any]:
    """What the reader may do with this engagement now."""
    facts = {"actor": member, "engagement": engagement}
    moves = [
        step
        for step in LIFE_CYCLE
        if step.before == engagement.status
        and allowed(policies.check_can_move_engagement, **facts, status=step.after)
    ]
    return {
        "moves": moves,
        "may_propose": allowed(policies.check_can_propose_terms, **facts),
        "may_give_notice": allowed(policies.check_can_give_notice, **facts),
        "may_change": allowed(policies.check_can_change_engagement, **facts),
        "may_add_terms": allowed(policies.check_can_add_terms, **facts),
        "sees_terms": member.can("terms.view"),
        "sees_time": member.can("time.view"),
    }


def _content(request: TenantRequest, engagement: Engagement) -> dict[str, Any]:
    """Terms and months, each where the reader may see it."""
    today = request.tenant.today
    context: dict[str, Any] = {
        "today": today,
        "terms_now": None,
        "versions": [],
        "proposals": [],
        "now": None,
        "notice": notice_in_force(engagement),
        "steps": list(
            StatusChange.objects.select_related("changed_by__user").filter(engagement=engagement)
        ),
    }
    if request.member.can("terms.view"):
        versions = list(Terms.objects.filter(engagement=engagement))
        context["versions"] = _versions(versions)
        context["terms_now"] = next((t for t in versions if t.effective_on <= today), None)
        proposals = TermsProposal.objects.with_signers().filter(engagement=engagement)
        context["proposals"] = list(proposals[:PROPOSALS_SHOWN])
        for proposal in context["proposals"]:
            proposal.engagement = engagement  # loaded already, with its people
    if request.member.can("time.view"):
        upto = min(today, engagement.ends_on) if engagement.ends_on else today
        months = history(engagement, upto=upto, today=today)
        context["now"] = months[-1]
        context["months"] = months[: -MONTHS_SHOWN - 1 : -1]
        context["served"] = minutes_by_initiative(
            engagement, months[-1].month, last_day(months[-1].month)
        )
    return context


def _versions(newest_first: Sequence[Terms]) -> list[Version]:
    rows = [None, *newest_first, None]
    return [
        Version(terms, before=rows[place + 2], after=rows[place])
        for place, terms in enumerate(newest_first)
    ]


def proposed_terms(
    request: TenantRequest, engagement: Engagement, versions: Sequence[Terms]
) -> dict[str, Any]:
    """What the form starts with: the latest terms, from the first of the next month."""
    if not versions:
        return {
            "effective_on": engagement.starts_on,
            "scope_level": Terms.ScopeLevel.MODERATE,
            "notice_days": 30,
            "rollover": Terms.Rollover.NONE,
        }
    latest = versions[0]
    fields = [name for name in TermsForm.base_fields if name != "effective_on"]
    after = max(request.tenant.today, latest.effective_on)
    return {name: _short(getattr(latest, name)) for name in fields} | {
        "effective_on": next_month(after)
    }


def _short(value: Any) -> Any:
    """A decimal without its empty places, 8000 and not 8000.00; anything else as it is."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return value.to_integral_value()
    return value


def comparison(
    form: TermsForm, versions: Sequence[Terms], engagement: Engagement
) -> dict[str, Any] | None:
    """Terms in force on the day before, and the new ones as far as they are sound."""
    data = form.cleaned_data if form.is_bound else form.initial
    hours, fee, start = (data.get(n) for n in ("hours_per_month", "monthly_fee", "effective_on"))
    if hours is None or fee is None or start is None:
        return None
    return {
        "before": next((t for t in versions if t.effective_on < start), None),
        "after": Terms(hours_per_month=hours, monthly_fee=fee, currency=engagement.tenant.currency),
        "effective_on": start,
    }
