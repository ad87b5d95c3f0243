"""The running clock: start it, stop it, or let go of it."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from engagements import figures, services
from engagements.clock import LONGEST
from engagements.forms import TimerForm, TimerStopForm
from engagements.models import Timer
from engagements.services.timers import Stopped, ended_timer
from engagements.timesheet import week_start_of
from engagements.views.rows import chosen
from engagements.views.time import week_address
from tenants.errors import NotFound
from tenants.models import Member
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.ui.formats import duration, hours


@require_POST
@tenant_page("time.view", write="time.log")
def timer_start(request: TenantRequest, slug: str) -> HttpResponse:
    """Start the reader's clock on an engagement."""
    engagement = chosen(request, figures.engagements())
    if engagement is None:
        raise NotFound()
    form = TimerForm(request.POST)
    form.fields["category"].required = False
    if form.is_valid():
        facts = {name: value for name, value in form.cleaned_data.items() if value}
        timer = form.send(
            services.timer_start, engagement=engagement, actor=request.member, **facts
        )
        if timer is not None:
            messages.success(request, "The timer runs. It goes on when you leave this page.")
    for errors in form.errors.values():
        messages.error(request, " ".join(map(str, errors)))
    today = request.tenant.today
    start = week_start_of(today, request.tenant)
    return redirect_after_post(request, week_address(slug, engagement, start))


@tenant_page("time.view", write="time.log")
def timer_stop(request: TenantRequest, slug: str, timer_id: UUID) -> HttpResponse:
    """Stop it and log what it measured; after more than 12 hours it asks when work ended.

    From a tab that is stale, or by a second click, it says what was logged.
    """
    try:
        return _stop(request, slug, _timer_of(request.member, timer_id))
    except NotFound as gone:
        return _ended(request, slug, timer_id, gone)


def _stop(request: TenantRequest, slug: str, timer: Timer) -> HttpResponse:
    zone = timer.engagement.tenant.zone
    initial = {"category": timer.category, "initiative": timer.initiative, "note": timer.note}
    form = TimerStopForm(_data(request, timer), initial=initial)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        ended_at, whole = data.pop("ended_at"), data.pop("whole")
        asks = timezone.now() - timer.started_at > LONGEST and ended_at is None and not whole
        if asks:
            form.add_error(
                "ended_at", "It ran above 12 hours: say when you stopped, or tick all of it."
            )
        else:
            stopped = form.send(
                services.timer_stop,
                timer=timer,
                actor=request.member,
                ended_at=_in_zone(ended_at, zone),
                whole=whole,
                changes=data,
            )
            if stopped is not None:
                messages.success(request, _said(stopped))
                day = stopped.entries[-1].date
                start = week_start_of(day, request.tenant)
                return redirect_after_post(request, week_address(slug, timer.engagement, start))
    elapsed = int((timezone.now() - timer.started_at).total_seconds())
    context: dict[str, Any] = {
        "timer": timer,
        "engagement": timer.engagement,
        "form": form,
        "elapsed": elapsed // 60,
        "is_long": elapsed > LONGEST.total_seconds(),
        "zone": zone,
    }
    return render(
        request, "engagements/timer_stop.html", context, status=422 if form.is_bound else 200
    )


@require_POST
@tenant_page("time.view", write="time.log")
def timer_discard(request: TenantRequest, slug: str, timer_id: UUID) -> HttpResponse:
    """Stop it and log nothing; where it is gone already it says what became of it."""
    try:
        timer = _timer_of(request.member, timer_id)
        services.timer_discard(timer=timer, actor=request.member)
    except NotFound as gone:
        return _ended(request, slug, timer_id, gone)
    messages.success(request, "The timer is gone. Nothing was logged.")
    start = week_start_of(request.tenant.today, request.tenant)
    return redirect_after_post(request, week_address(slug, timer.engagement, start))


def _ended(request: TenantRequest, slug: str, timer_id: UUID, gone: NotFound) -> HttpResponse:
    """The week of a clock of the reader's that had ended, and what it logged; raises `gone` where
    there never was one."""
    ended = ended_timer(actor=request.member, timer_id=timer_id)
    if ended is None:
        raise gone
    said = "The timer had been let go of already: nothing was logged."
    if ended.minutes is not None:
        title = ended.engagement.title
        logged = f"{duration(ended.minutes)} stand in {title}"
        said = f"The timer had been stopped already: {logged}."
    messages.info(request, said)
    day = ended.at.astimezone(request.tenant.zone).date()
    start = week_start_of(day, request.tenant)
    return redirect_after_post(request, week_address(slug, ended.engagement, start))


def _data(request: TenantRequest, timer: Timer) -> Any:
    """What was sent; the plain button of the time page sends nothing but itself."""
    if request.method != "POST":
        return None
    if "category" in request.POST:
        return request.POST
    return {"category": timer.category, "initiative": timer.initiative or "", "note": timer.note}


def _in_zone(value: dt.datetime | None, zone: Any) -> dt.datetime | None:
    """The typed time as the company's own."""
    return value.replace(tzinfo=zone) if value is not None else None


def _said(stopped: Stopped) -> str:
    """What was logged, and what rounding to whole minutes did to it."""
    measured = stopped.measured
    said = f"Logged {hours(measured.minutes)}"
    if len(stopped.entries) > 1:
        said += f" on {len(stopped.entries)} days"
    if measured.rounded_seconds:
        exact = f"{measured.seconds // 60} min {measured.seconds % 60} s"
        if measured.seconds >= 3600:
            exact = f"{duration(measured.seconds // 60)} {measured.seconds % 60} s"
        said += f": {exact}, rounded to {duration(measured.minutes)}"
    return f"{said}."


def _timer_of(member: Member, timer_id: UUID) -> Timer:
    found: Timer | None = (
        Timer.objects.select_related("engagement__tenant", "engagement__cto__user", "member__user")
        .filter(pk=timer_id, member=member)
        .first()
    )
    if found is None:
        raise NotFound("This timer does not run any more. What it measured stands under Time.")
    return found
