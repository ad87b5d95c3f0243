"""Time: a week of it, one entry, a month as CSV."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from engagements import figures, policies, services
from engagements.figures import retainer_now, week_lock_in_force
from engagements.forms import TimeForm, UnlockForm
from engagements.models import FIRST_YEAR, LAST_YEAR, Engagement, TimeEntry
from engagements.retainer import last_day, parse_month
from engagements.timesheet import Week, month_csv, week_of, week_start_of
from engagements.views.rows import chosen, offered_initiatives
from tenants.errors import Invalid, NotFound
from tenants.pages import TenantRequest, is_fragment, redirect_after_post, tenant_page
from tenants.policies import allowed
from tenants.ui.formats import day, hours

ONE_WEEK = dt.timedelta(days=7)
_WEEK = "engagements/time_week.html"


@tenant_page("time.view", write="time.log")
def time_week(request: TenantRequest, slug: str) -> HttpResponse:
    """A week of entries by day, and a row to log the next one."""
    engagements = figures.engagements()
    engagement = chosen(request, engagements)
    if engagement is None:
        return render(request, _WEEK, {"engagement": None})
    initiatives = offered_initiatives()
    form = TimeForm(request.POST or None, initiatives=initiatives)
    if request.method == "POST" and form.is_valid():
        entry = form.send(
            services.time_log, engagement=engagement, actor=request.member, **form.cleaned_data
        )
        if entry is not None:
            return _logged(request, slug, engagement, entry)
    start = _week_asked(request)
    if not form.is_bound:
        form = TimeForm(initial=_next_entry(request, start), initiatives=initiatives)
    context = _week_context(request, engagement, start) | {"form": form, "others": engagements}
    template = "engagements/_time_week.html" if is_fragment(request) else _WEEK
    return render(request, template, context, status=422 if form.is_bound else 200)


def _logged(
    request: TenantRequest, slug: str, engagement: Engagement, entry: TimeEntry
) -> HttpResponse:
    """The week again with an empty form for the next entry, or a redirect without htmx."""
    said = f"Logged {hours(entry.minutes)} on {day(entry.date)}."
    start = week_start_of(entry.date, request.tenant)
    if not is_fragment(request):
        messages.success(request, said)
        return redirect_after_post(request, _address(slug, engagement, start))
    initial = _next_entry(request, start) | {"date": entry.date}
    form = TimeForm(initial=initial, initiatives=offered_initiatives())
    context = _week_context(request, engagement, start) | {
        "form": form,
        "others": figures.engagements(),
        "said": said,
    }
    return render(request, "engagements/_time_week.html", context)


@tenant_page("time.view", write="time.log")
def time_update(request: TenantRequest, slug: str, entry_id: UUID) -> HttpResponse:
    """Change one entry of one's own."""
    entry = _entry_for_change(request, entry_id)
    initial = {name: getattr(entry, name) for name in TimeForm.base_fields}
    form = TimeForm(
        request.POST or None,
        initial=initial | {"initiative": entry.initiative_name},
        initiatives=[*offered_initiatives(), *filter(None, [entry.linked_initiative])],
    )
    if request.method == "POST" and form.is_valid():
        changed = form.send(
            services.time_update, entry=entry, actor=request.member, changes=form.cleaned_data
        )
        if changed is not None:
            messages.success(request, "Entry saved.")
            start = week_start_of(changed.date, request.tenant)
            return redirect_after_post(request, _address(slug, entry.engagement, start))
    context = {"form": form, "entry": entry, "back": _back(request, slug, entry)}
    return render(
        request, "engagements/time_update.html", context, status=422 if form.is_bound else 200
    )


@tenant_page("time.view", write="time.log")
def time_delete(request: TenantRequest, slug: str, entry_id: UUID) -> HttpResponse:
    """Ask first, then take an entry of one's own away."""
    entry = _entry_for_change(request, entry_id)
    back = _back(request, slug, entry)
    if request.method == "POST":
        said = f"Deleted {hours(entry.minutes)} on {day(entry.date)}."
        services.time_delete(entry=entry, actor=request.member)
        messages.success(request, said)
        return redirect_after_post(request, back)
    return render(request, "engagements/time_delete.html", {"entry": entry, "back": back})


@tenant_page("time.view")
def time_export(request: TenantRequest, slug: str) -> HttpResponse:
    """A month of an engagement's time as CSV: `?month=2026-10`, the current one without it."""
    engagement = chosen(request, figures.engagements())
    if engagement is None:
        raise NotFound()
    month = parse_month(request.GET.get("month"), today=request.tenant.today)
    entries = (
        TimeEntry.objects.filter(engagement=engagement)
        .with_people()
        .between(month, last_day(month))
        .order_by("date", "id")
    )
    name = f"{request.tenant.slug}-time-{month:%Y-%m}.csv"
    return HttpResponse(
        "\ufeff" + month_csv(list(entries)),  # spreadsheets read UTF-8 by its mark
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
@tenant_page("time.view", write="time.unlock")
def week_unlock(request: TenantRequest, slug: str) -> HttpResponse:
    """Open a settled week again, with the reason that stays on record."""
    engagement = chosen(request, figures.engagements())
    if engagement is None:
        raise NotFound()
    form = UnlockForm(request.POST)
    if form.is_valid():
        lock = form.send(
            services.week_unlock, engagement=engagement, actor=request.member, **form.cleaned_data
        )
        if lock is not None:
            messages.success(request, "Week unlocked. Its hours can be changed.")
            return redirect_after_post(request, _address(slug, engagement, lock.week_start))
    start = form.cleaned_data.get("week_start") or week_start_of(
        request.tenant.today, request.tenant
    )
    context = _week_context(request, engagement, start) | {
        "form": TimeForm(initial=_next_entry(request, start), initiatives=offered_initiatives()),
        "unlock": form,
        "others": figures.engagements(),
    }
    return render(request, _WEEK, context, status=422)


def _week_asked(request: TenantRequest) -> dt.date:
    """The week that `?week=` (any of its days) names, the current one without it."""
    text = request.GET.get("week")
    asked = _date(text) if text else request.tenant.today
    if asked is None:
        raise Invalid({"week": "Use a date such as 2026-10-12."})
    return week_start_of(asked, request.tenant)


def _date(text: str) -> dt.date | None:
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found and FIRST_YEAR <= found.year <= LAST_YEAR else None


def _week_context(request: TenantRequest, engagement: Engagement, start: dt.date) -> dict[str, Any]:
    """The week, its lock, and what the reader may do in it."""
    lock = week_lock_in_force(engagement, start)
    today = request.tenant.today
    may_log = allowed(
        policies.check_can_log_time,
        actor=request.member,
        engagement=engagement,
        member=request.member,
    )
    found: Week = week_of(
        TimeEntry.objects.filter(engagement=engagement)
        .with_people()
        .between(start, start + ONE_WEEK - dt.timedelta(days=1)),
        start,
    )
    return {
        "engagement": engagement,
        "week": found,
        "lock": lock,
        "may_log": may_log and lock is None and start <= today,
        "may_unlock": lock is not None and request.member.can("time.unlock"),
        "unlock": UnlockForm(initial={"week_start": start}),
        "retainer": retainer_now(engagement, today=today),
        "today": today,
        "newer": start + ONE_WEEK if start + ONE_WEEK <= today else None,
        "older": start - ONE_WEEK if start > engagement.starts_on else None,
        "said": "",
    }


def _next_entry(request: TenantRequest, start: dt.date) -> dict[str, Any]:
    """The quick row starts with today, or with the last day of an earlier week."""
    return {"date": min(request.tenant.today, start + dt.timedelta(days=6)).isoformat()}


def _entry_for_change(request: TenantRequest, entry_id: UUID) -> TimeEntry:
    """The entry, when the reader may change it and its week is open; raises what says no."""
    entry: TimeEntry | None = (
        TimeEntry.objects.with_people().select_related("engagement").filter(pk=entry_id).first()
    )
    if entry is None:
        raise NotFound()
    policies.check_can_change_entry(actor=request.member, entry=entry)
    policies.check_week_open(engagement=entry.engagement, day=entry.date)
    return entry


def _back(request: TenantRequest, slug: str, entry: TimeEntry) -> str:
    return _address(slug, entry.engagement, week_start_of(entry.date, request.tenant))


def _address(slug: str, engagement: Engagement, week_start: dt.date) -> str:
    return f"{reverse('time_week', args=[slug])}?engagement={engagement.pk}&week={week_start}"
