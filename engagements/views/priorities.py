"""The roadmap weighed: the plot, the balance and the timeline; weights; review sessions."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from engagements import services
from engagements.forms_roadmap import (
    PrioritiesForm,
    RoadmapSettingsForm,
    WeightsForm,
    field_name,
)
from engagements.impact import DIMENSIONS, Rating, effort, ranked, rate
from engagements.models import ImpactWeights, Initiative, Prioritisation, Ranking
from engagements.roadmap import (
    Rated,
    balance_of,
    milestones_of,
    open_initiatives,
    rated_in_order,
    review_due_on,
    settings_now,
    weights_on,
)
from engagements.services.priorities import Move, check_weights, preview
from tenants.errors import NotFound
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.ui.formats import day_full
from tenants.ui.plans import Dot, Span

_BAR = {
    "at_risk": "b-warn",
    "off_track": "b-bad",
    "paused": "b-none",
    "not_started": "b-none",
    "done": "b-good",
}
_DEFAULT = ("business_value", "resource_demand", "timeline", "risk", "high_from", "medium_from")


@dataclass(frozen=True)
class Schedule:
    """The days that the timeline shows, and its quarters."""

    first: dt.date
    last: dt.date
    quarters: list[tuple[dt.date, str]]


@tenant_page("initiative.view")
def initiative_portfolio(request: TenantRequest, slug: str) -> HttpResponse:
    """Impact against effort, short against long, and everything over the quarters."""
    today = request.tenant.today
    weights = weights_on(today)
    rows = open_initiatives()
    rated = rated_in_order([row for row, _ in ranked(rows, weights)], weights)
    steps = milestones_of(rows)
    dated = sorted(
        (row for row in rated if row.initiative.due_on or row.initiative.starts_on),
        key=lambda row: (row.initiative.due_on or dt.date.max, row.rank),
    )
    context = {
        "rated": rated,
        "dots": [_dot(row) for row in rated],
        "weights": weights,
        "balance": balance_of(rows, settings_now().short_target_percent),
        "plan": _schedule([row.initiative for row in dated], steps, today),
        "spans": [_span(row.initiative, steps[row.initiative.pk]) for row in dated],
        "dated": dated,
        "undated": [row for row in rated if row not in dated],
        "steps": steps,
        "today": today,
        "effort": {row.initiative.pk: effort(row.initiative) for row in rated},
    }
    return render(request, "engagements/initiative_portfolio.html", context)


@tenant_page("initiative.view", write="initiative.weigh")
def impact_weights(request: TenantRequest, slug: str) -> HttpResponse:
    """How scores count, what another version would change, and the versions so far."""
    form = WeightsForm(request.POST) if request.method == "POST" else None
    changes = None
    if form is not None and form.is_valid():
        if "preview" in request.POST:
            proposed = form.send(check_weights, **form.cleaned_data)
            changes = _changes(weights_on(request.tenant.today), proposed) if proposed else None
        else:
            made = form.send(services.weights_set, actor=request.member, **form.cleaned_data)
            if made is not None:
                messages.success(request, f"Weights hold from {day_full(made.effective_on)}.")
                return redirect_after_post(request, reverse("impact_weights", args=[slug]))
    return _weights_page(request, form=form, changes=changes)


@require_POST
@tenant_page("initiative.view", write="initiative.weigh")
def roadmap_settings(request: TenantRequest, slug: str) -> HttpResponse:
    """How often priorities are reviewed, and the target mix."""
    form = RoadmapSettingsForm(request.POST)
    if form.is_valid():
        saved = form.send(services.roadmap_settings_set, actor=request.member, **form.cleaned_data)
        if saved is not None:
            messages.success(request, "Saved.")
            return redirect_after_post(request, reverse("impact_weights", args=[slug]))
    return _weights_page(request, settings=form)


@tenant_page("initiative.view")
def prioritisation_list(request: TenantRequest, slug: str) -> HttpResponse:
    """The sessions so far, and when the next one is due."""
    sessions = list(
        Prioritisation.objects.select_related("held_by__user").prefetch_related("rankings")[:50]
    )
    context = {
        "sessions": sessions,
        "review_due_on": sessions[0].next_due_on if sessions else None,
        "today": request.tenant.today,
        "may_manage": request.member.can("initiative.manage"),
    }
    return render(request, "engagements/prioritisation_list.html", context)


@tenant_page("initiative.manage")
def prioritisation_create(request: TenantRequest, slug: str) -> HttpResponse:
    """All open initiatives and their scores in one form: look at the new order, then record it."""
    today = request.tenant.today
    weights = weights_on(today)
    order = ranked(open_initiatives(), weights)
    rows = [row for row, _ in order]
    form = PrioritiesForm(request.POST or None, rows=rows)
    moves: list[Move] = []
    if request.method == "POST" and form.is_valid():
        proposals = form.proposals()
        if "preview" in request.POST:
            moves = preview(rows, proposals, day=today)
        else:
            session = form.send(
                services.prioritisation_record,
                actor=request.member,
                proposals=proposals,
                note=form.cleaned_data["note"],
            )
            if session is not None:
                messages.success(request, "Priorities recorded.")
                return redirect_after_post(
                    request, reverse("prioritisation_detail", args=[slug, session.pk])
                )
    context = {
        "form": form,
        "order": order,
        "moves": moves,
        "field_name": field_name,
        "dimensions": DIMENSIONS,
        "weights": weights,
    }
    refused = request.method == "POST" and not form.is_valid()
    return render(
        request,
        "engagements/prioritisation_create.html",
        context,
        status=422 if refused else 200,
    )


@tenant_page("initiative.view")
def prioritisation_detail(
    request: TenantRequest, slug: str, prioritisation_id: UUID
) -> HttpResponse:
    """A session: the ranking before and after, and beside that of another session."""
    session = (
        Prioritisation.objects.select_related("held_by__user").filter(pk=prioritisation_id).first()
    )
    if session is None:
        raise NotFound()
    others = list(Prioritisation.objects.exclude(pk=session.pk)[:50])
    wanted = request.GET.get("with", "")
    other = next((s for s in others if str(s.pk) == wanted), None)
    if wanted and other is None:
        raise NotFound()
    then = (
        {row.initiative_id: row for row in Ranking.objects.filter(prioritisation=other)}
        if other
        else {}
    )
    context = {
        "session": session,
        "rankings": list(Ranking.objects.filter(prioritisation=session)),
        "others": others,
        "other": other,
        "then": then,
        "dimensions": DIMENSIONS,
    }
    return render(request, "engagements/prioritisation_detail.html", context)


def _weights_page(
    request: TenantRequest,
    *,
    form: WeightsForm | None = None,
    settings: RoadmapSettingsForm | None = None,
    changes: list[tuple[Initiative, Rating, Rating]] | None = None,
) -> HttpResponse:
    now, today = weights_on(request.tenant.today), request.tenant.today
    if form is None:
        initial = {name: getattr(now, name) for name in _DEFAULT}
        form = WeightsForm(initial=initial | {"effective_on": today.isoformat()})
    saved = settings_now()
    context = {
        "form": form,
        "settings": settings
        or RoadmapSettingsForm(
            initial={
                "review_every_months": saved.review_every_months,
                "short_target_percent": saved.short_target_percent,
            }
        ),
        "saved": saved,
        "now": now,
        "versions": list(ImpactWeights.objects.select_related("set_by__user")[:50]),
        "changes": changes,
        "review_due_on": review_due_on(),
        "today": today,
        "may_weigh": request.member.can("initiative.weigh"),
    }
    refused = any(f is not None and f.is_bound and not f.is_valid() for f in (form, settings))
    return render(
        request, "engagements/impact_weights.html", context, status=422 if refused else 200
    )


def _changes(now: Any, proposed: ImpactWeights) -> list[tuple[Initiative, Rating, Rating]]:
    """Each open initiative under both weights, those whose level changes first."""
    found = [(row, rate(row, now), rate(row, proposed)) for row in open_initiatives()]
    return sorted(
        found,
        key=lambda t: (t[1].impact == t[2].impact, -t[2].hundredths, t[0].title.casefold()),
    )


def _dot(row: Rated) -> Dot:
    one = row.initiative
    place = effort(one)
    tip = f"{one.title}: impact {row.rating.score}, effort {place}"
    return Dot(x=place, y=row.rating.score, number=row.rank, tip=tip)


def _span(initiative: Initiative, steps: Sequence[Any]) -> Span:
    start = initiative.starts_on or initiative.created_at.date()
    if initiative.due_on and start > initiative.due_on:
        start = initiative.due_on
    return Span(
        title=initiative.title,
        start=start if initiative.due_on else None,
        end=initiative.due_on,
        percent=initiative.progress_percent,
        kind=_BAR.get(initiative.status, "b-used"),
        marks=[(step.due_on, step.is_done) for step in steps if step.due_on],
    )


def _schedule(rows: Sequence[Initiative], steps: dict[Any, list[Any]], today: dt.date) -> Schedule:
    """From the quarter before today's to the last due one: two quarters at least, eight at most."""
    days = [row.due_on for row in rows if row.due_on]
    days += [step.due_on for row in rows for step in steps[row.pk] if step.due_on]
    first = _quarter(_quarter(today) - dt.timedelta(days=1))
    latest = max([*days, today])
    quarters = [first]
    while len(quarters) < 8 and (len(quarters) < 3 or _next(quarters[-1]) <= latest):
        quarters.append(_next(quarters[-1]))
    names = [(q, f"Q{(q.month + 2) // 3} {q.year}") for q in quarters]
    return Schedule(first, _next(quarters[-1]) - dt.timedelta(days=1), names)


def _quarter(day: dt.date) -> dt.date:
    """The first day of the calendar quarter of `day`."""
    return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)


def _next(quarter: dt.date) -> dt.date:
    return _quarter(quarter + dt.timedelta(days=95))
