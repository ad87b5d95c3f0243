"""Time: a week of it, one entry, a month as CSV."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from engagements import figures, policies, services
from engagements.clock import LONGEST
from engagements.figures import retainer_now, week_locks
from engagements.forms import QuickForm, RelockForm, TimeForm, UnlockForm
from engagements.models import FIRST_YEAR, LAST_YEAR, Engagement, TimeEntry, Timer
from engagements.quick_entry import linked, parse_line
from engagements.retainer import last_day, parse_month
from engagements.services.timers import running_timer
from engagements.timesheet import Week, month_csv, week_of, week_start_of
from engagements.views.rows import chosen, offered_initiatives
from tenants.errors import Invalid, NotFound
from tenants.isolation import uuid7
from tenants.models import AuditEvent
from tenants.pages import TenantRequest, is_fragment, redirect_after_post, tenant_page
from tenants.policies import allowed
from tenants.repeats import says_it_is_gone
from tenants.ui.formats import day, hours

ONE_WEEK = dt.timedelta(days=7)
REMOVED_SHOWN = 10
TIME_FIELDS = ("date", "minutes", "category", "initiative", "note")
_WEEK = "engagements/time_week.html"


@tenant_page("time.view", write="time.log")
def time_week(request: TenantRequest, slug: str) -> HttpResponse:
    """A week of entries by day, a line and a row to log the next one, and the timer."""
    engagements = figures.engagements()
    engagement = chosen(request, engagements)
    if engagement is None:
        return render(request, _WEEK, {"engagement": None})
    posted = request.method == "POST"
    form = TimeForm(request.POST or None, initiatives=offered_initiatives() if posted else ())
    if request.method == "POST" and form.is_valid():
        entry = form.send(
            services.time_log, engagement=engagement, actor=request.member, **form.cleaned_data
        )
        if entry is not None:
            return _done(request, slug, engagement, entry.date, _logged(entry))
    bound = form if form.is_bound else None
    return _week(request, engagement, _week_asked(request), form=bound, others=engagements)


@require_POST
@tenant_page("time.view", write="time.log")
def time_quick(request: TenantRequest, slug: str) -> HttpResponse:
    """Log one typed line."""
    engagement = _engagement(request)
    form = QuickForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        line = form.send(parse_line, text=data["line"], today=request.tenant.today)
        line = line and linked(line)
        entry = line and form.send(
            services.time_log,
            engagement=engagement,
            actor=request.member,
            entry_id=data["entry_id"],
            **vars(line),
        )
        if entry:
            return _done(request, slug, engagement, entry.date, _logged(entry), focus="quick")
    return _week(request, engagement, _week_asked(request), quick=form)


@require_POST
@tenant_page("time.view", write="time.log")
def time_copy_week(request: TenantRequest, slug: str) -> HttpResponse:
    """Log last week's entries once more; what is there is not doubled."""
    engagement = _engagement(request)
    start = _week_asked(request)
    copied = services.time_copy_week(engagement=engagement, actor=request.member, week_start=start)
    said = ngettext("Copied %(n)d entry.", "Copied %(n)d entries.", len(copied.entries)) % {
        "n": len(copied.entries)
    }
    if copied.there_already:
        said += f" {copied.there_already} were there already."
    if copied.refused:
        said += f" {len(copied.refused)} left out: {copied.refused[0][1]}"
    return _done(request, slug, engagement, start, said)


@tenant_page("time.view", write="time.log")
def time_update(request: TenantRequest, slug: str, entry_id: UUID) -> HttpResponse:
    """Change one entry of one's own, in its row or on a page."""
    entry = _entry_for_change(request, entry_id)
    initial = {name: getattr(entry, name) for name in TIME_FIELDS}
    form = TimeForm(
        request.POST or None,
        initial=initial | {"initiative": entry.initiative_name},
        initiatives=[*offered_initiatives(), *filter(None, [entry.linked_initiative])],
        auto_id=f"id_{entry.pk}_%s",  # the week's own form has the same fields
    )
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in TIME_FIELDS}
        changed = form.send(
            services.time_update, entry=entry, actor=request.member, changes=changes
        )
        if changed is not None:
            return _done(request, slug, entry.engagement, changed.date, "Entry saved.")
    context = {"form": form, "entry": entry, "back": _back(request, slug, entry)}
    template = "_time_edit" if is_fragment(request) else "time_update"
    response = render(
        request, f"engagements/{template}.html", context, status=422 if form.is_bound else 200
    )
    if form.is_bound and is_fragment(request):
        response["HX-Retarget"] = f"#entry-{entry.pk}"
        response["HX-Reswap"] = "outerHTML"
    return response


def _week_of(request: TenantRequest, done: AuditEvent) -> str:
    """The week of an entry that was deleted, which offers to restore it."""
    start = week_start_of(dt.date.fromisoformat(done.changes["date"]), request.tenant)
    engagement = done.changes["engagement"]
    address = f"{reverse('time_week', args=[request.tenant.slug])}?engagement={engagement}"
    return f"{address}&week={start}&removed={done.target_id}"


@tenant_page("time.view", write="time.log")
@says_it_is_gone(
    "time.deleted",
    said="This time had been deleted already.",
    to=_week_of,
)
def time_delete(request: TenantRequest, slug: str, entry_id: UUID) -> HttpResponse:
    """Take an entry of one's own away; the week then offers to restore it."""
    entry = _entry_for_change(request, entry_id)
    if request.method == "POST":
        services.time_delete(entry=entry, actor=request.member)
        said = f"Deleted {hours(entry.minutes)} on {day(entry.date)}."
        return _done(request, slug, entry.engagement, entry.date, said, removed=entry)
    context = {"entry": entry, "back": _back(request, slug, entry)}
    return render(request, "engagements/time_delete.html", context)


@require_POST
@tenant_page("time.view", write="time.log")
def time_restore(request: TenantRequest, slug: str, entry_id: UUID) -> HttpResponse:
    """Undo the deletion of an entry of one's own."""
    entry: TimeEntry | None = (
        TimeEntry.with_removed.with_people()
        .select_related("engagement__tenant")
        .filter(pk=entry_id)
        .first()
    )
    if entry is None:
        raise NotFound()
    restored = services.time_restore(entry=entry, actor=request.member)
    said = f"Restored {hours(restored.minutes)} on {day(restored.date)}."
    return _done(request, slug, entry.engagement, entry.date, said)


def _logged(entry: TimeEntry) -> str:
    """What was understood, so that a typed line never surprises."""
    parts = [str(entry.get_category_display())]
    parts += [entry.initiative_name] if entry.initiative_name else []
    return f"Logged {hours(entry.minutes)} on {day(entry.date)}: {', '.join(parts)}."


def _done(
    request: TenantRequest,
    slug: str,
    engagement: Engagement,
    date: dt.date,
    said: str,
    *,
    focus: str = "",
    removed: TimeEntry | None = None,
) -> HttpResponse:
    """The week again, ready for the next entry, or a redirect without htmx."""
    start = week_start_of(date, request.tenant)
    if not is_fragment(request):
        messages.success(request, said)
        address = week_address(slug, engagement, start)
        return redirect_after_post(
            request, f"{address}&removed={removed.pk}" if removed else address
        )
    return _week(
        request,
        engagement,
        start,
        said=said,
        focus=focus,
        date=date,
        removed_now=str(removed.pk) if removed else "",
    )


def _week(
    request: TenantRequest,
    engagement: Engagement,
    start: dt.date,
    *,
    form: TimeForm | None = None,
    quick: QuickForm | None = None,
    **more: Any,
) -> HttpResponse:
    """The page or its part; 422 where a form comes back with its errors."""
    initial = _next_entry(request, start)
    if more.get("date"):
        initial["date"] = more["date"].isoformat()
    context = _week_context(request, engagement, start) | {
        "form": form
        or TimeForm(initial=initial | {"entry_id": uuid7()}, initiatives=offered_initiatives()),
        "quick": quick or QuickForm(initial={"entry_id": uuid7()}, auto_id="quick_%s"),
        "others": more.get("others") or figures.engagements(),
    }
    context |= {name: value for name, value in more.items() if name != "date"}
    context["may_log"] |= bool(form or quick)  # what was typed is shown, also in a locked week
    template = "engagements/_time_week.html" if is_fragment(request) else _WEEK
    return render(request, template, context, status=422 if form or quick else 200)


@tenant_page("time.view")
def time_export(request: TenantRequest, slug: str) -> HttpResponse:
    """A month of an engagement's time as CSV: `?month=2026-10`, the current one without it."""
    engagement = _engagement(request)
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
    engagement = _engagement(request)
    form = UnlockForm(request.POST)
    if form.is_valid():
        lock = form.send(
            services.week_unlock, engagement=engagement, actor=request.member, **form.cleaned_data
        )
        if lock is not None:
            messages.success(request, "Week unlocked. Its hours can be changed.")
            return redirect_after_post(request, week_address(slug, engagement, lock.week_start))
    start = form.cleaned_data.get("week_start") or week_start_of(
        request.tenant.today, request.tenant
    )
    context = _week_context(request, engagement, start) | {
        "form": TimeForm(initial=_next_entry(request, start), initiatives=offered_initiatives()),
        "quick": QuickForm(auto_id="quick_%s"),
        "unlock": form,
        "others": figures.engagements(),
    }
    return render(request, _WEEK, context, status=422)


@require_POST
@tenant_page("time.view", write="time.lock")
def week_relock(request: TenantRequest, slug: str) -> HttpResponse:
    """Settle a week again that was unlocked."""
    engagement = _engagement(request)
    form = RelockForm(request.POST)
    if not form.is_valid():
        raise Invalid({"week_start": "Say which week, by its first day, such as 2026-10-12."})
    lock = services.week_relock(
        engagement=engagement, actor=request.member, week_start=form.cleaned_data["week_start"]
    )
    messages.success(request, "Week locked. Its hours stay as they are.")
    return redirect_after_post(request, week_address(slug, engagement, lock.week_start))


def _engagement(request: TenantRequest) -> Engagement:
    """The engagement that is asked for; raises NotFound where there is none."""
    engagement = chosen(request, figures.engagements())
    if engagement is None:
        raise NotFound()
    return engagement


def _week_asked(request: TenantRequest) -> dt.date:
    """The week that `?week=` (any of its days) names, the current one without it."""
    text = request.GET.get("week") or request.POST.get("week")
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
    locks = week_locks(engagement, start)
    last = locks[0] if locks else None
    lock = last if last is not None and last.unlocked_at is None else None
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
        "opened": last if lock is None else None,
        "is_locked_again": len(locks) > 1,
        "may_unlock": lock is not None and request.member.can("time.unlock"),
        "may_relock": request.member.can("time.lock"),
        "unlock": UnlockForm(initial={"week_start": last.week_start if last else start}),
        "retainer": retainer_now(engagement, today=today),
        "today": today,
        "newer": start + ONE_WEEK if start + ONE_WEEK <= today else None,
        "older": start - ONE_WEEK if start > engagement.starts_on else None,
        "said": "",
        "focus": "",
        **_own_part(request, engagement, start, may_log=may_log and start <= today),
    }


def _own_part(
    request: TenantRequest, engagement: Engagement, start: dt.date, *, may_log: bool
) -> dict[str, Any]:
    """What only the person who logs sees: their timer, and what they deleted in this week."""
    if not may_log:
        return {"timer": None, "elsewhere": None, "removed": [], "removed_now": ""}
    timer = Timer.objects.select_related("engagement").filter(member=request.member).first()
    elsewhere = running_timer(request.member.user) if timer is None else None
    removed = list(
        TimeEntry.with_removed.select_related("linked_initiative")
        .filter(engagement=engagement, member=request.member, removed_at__isnull=False)
        .between(start, start + ONE_WEEK - dt.timedelta(days=1))
        .order_by("-removed_at")[:REMOVED_SHOWN]
    )
    elapsed = timezone.now() - timer.started_at if timer is not None else dt.timedelta()
    return {
        "timer": timer,
        "elapsed": int(elapsed.total_seconds()) // 60,
        "is_long": elapsed > LONGEST,
        "elsewhere": elsewhere,
        "removed": removed,
        "removed_now": request.GET.get("removed", ""),
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
    return week_address(slug, entry.engagement, week_start_of(entry.date, request.tenant))


def week_address(slug: str, engagement: Engagement, week_start: dt.date) -> str:
    return f"{reverse('time_week', args=[slug])}?engagement={engagement.pk}&week={week_start}"
