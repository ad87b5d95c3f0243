"""The dashboard by model instances with their relations fetched, and two views that do nothing.

It is no straw man: relations are prefetched, nothing is asked once per row, and the rules (status,
health, retainer) are the product's own functions. What differs is how the page reads and writes.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.utils import timezone

from dashboard.executive import _STATUS_ORDER, CARDS_PER_CATEGORY, _months_between, _signals
from dashboard.health import of_signals
from engagements.models import Engagement
from engagements.retainer import retainer as retainer_of
from kpis.models import Category, Kpi, Rollup, Target
from kpis.models.kpi import display_factor
from kpis.models.measurement import Mark
from kpis.status import status_of
from reviews.figures import (
    Letter,
    Line,
    _item_of_line,
    _to_acknowledge,
    _to_write,
    next_update,
)
from reviews.models import Ask, Blocker, WeeklyUpdate
from tenants.models import Member
from tenants.pages import TenantRequest, tenant_page
from tenants.ui.icons import icon

MONTHS = 12
_UNITS = {"percent": "%", "minutes": "min"}


def ok(request: HttpRequest) -> HttpResponse:
    """The least that Django answers."""
    return HttpResponse("ok")


def ok_for_user(request: HttpRequest) -> HttpResponse:
    """The least that it answers to somebody it knows: session and user are read."""
    return HttpResponse("ok" if request.user.is_authenticated else "who?")


@tenant_page("dashboard.view")
def usual_dashboard(request: TenantRequest, slug: str) -> HttpResponse:
    """The panels of the executive dashboard with the same rows behind them."""
    tenant, member = request.tenant, request.member
    kpis = list(
        Kpi.objects.filter(is_active=True)
        .order_by("position", "name")
        .prefetch_related(
            Prefetch("targets", Target.objects.order_by("effective_on")),
            "status_overrides",
            Prefetch(
                "rollups",
                Rollup.objects.filter(
                    period="month", period_start__gt=tenant.today - dt.timedelta(days=372)
                ).order_by("period_start"),
            ),
        )
    )
    waiting_marks = set(
        Mark.objects.filter(marked_at__lt=timezone.now() - dt.timedelta(minutes=1)).values_list(
            "kpi_id", flat=True
        )
    )
    for kpi in kpis:
        _dress(kpi, waiting_marks)
    engagement = Engagement.objects.with_people().current_first().first()
    sees_hours = engagement is not None and member.can("time.view")
    retainer = (
        retainer_of(engagement, tenant.today, today=tenant.today)
        if engagement and sees_hours
        else None
    )
    update = WeeklyUpdate.objects.sent().with_people().with_items().order_by("-week_start").first()
    due = next_update(engagement) if engagement else None
    context = {
        "tenant": tenant,
        "member": member,
        "memberships": request.memberships,  # type: ignore[attr-defined]
        "engagement": engagement,
        "retainer": retainer,
        "verdict": of_signals(_signals(kpis, retainer, due, update and _as_letter(update), tenant)),  # type: ignore[arg-type]
        "next_update": due,
        "waiting": _waiting_for(member, engagement),
        "groups": [(c.value, c.label, _first(kpis, c)) for c in Category],
        "total": len(kpis),
        "is_updating": any(kpi.is_updating for kpi in kpis),
        "stale": [kpi for kpi in kpis if kpi.status == "stale"],
        "update": update,
        "asks": [ask for ask in update.asks.all() if ask.is_open] if update else [],
        "blockers": [row for row in update.blockers.all() if row.is_open] if update else [],
        "month_number": _months_between(engagement.starts_on, tenant.today) if engagement else 0,
        "icon": _ICONS,
        "can": {name: member.can(name) for name in ("engagement.view", "update.view", "kpi.view")},
    }
    template = engines["django"].get_template("usual/dashboard.html")
    return HttpResponse(template.render(context, request))


def _waiting_for(member: Member, engagement: Engagement | None) -> list[Any]:
    """What waits for the member, one query for each kind."""
    newer = WeeklyUpdate.objects.sent().filter(
        engagement_id=OuterRef("update__engagement_id"),
        week_start__gt=OuterRef("update__week_start"),
    )
    items = []
    for model in (Ask, Blocker):
        rows = model.objects.still_open().select_related("update__author__user")
        rows = rows.filter(~Exists(newer), member=member).exclude(update__status="draft")
        for row in rows:
            line = Line(str(model._meta.model_name), row.text, row.due_on, row.member_id, "")
            items.append(_item_of_line(line, _as_letter(row.update), member, ""))
    if member.can("update.acknowledge"):
        unread = WeeklyUpdate.objects.with_people().waiting_for_acknowledgement()
        items += [_to_acknowledge(_as_letter(update), member) for update in unread]
    if engagement and member.can("update.write"):
        items += _to_write(next_update(engagement), member)
    return sorted(items, key=lambda item: item.sort_key)


def _as_letter(update: WeeklyUpdate) -> Letter:
    return Letter(update, update.author.name, False, [])


_ICONS = {
    name: icon(name)
    for name in ("dash", "kpi", "update", "todo", "warn", "good", "bad", "wait", "none", "menu")
} | {"user": icon("user"), "key": icon("key"), "out": icon("out")}


def _dress(kpi: Any, updating: set[Any]) -> None:
    """Hang on the instance what the template shows, as views commonly do."""
    rollups = list(kpi.rollups.all())[-MONTHS:]
    latest = rollups[-1] if rollups else None
    day = latest.period_start + dt.timedelta(days=30) if latest else dt.date.max
    goals = [target for target in kpi.targets.all() if target.effective_on <= day]
    goal = goals[-1] if goals else None
    overrides = [
        o for o in kpi.status_overrides.all() if latest and o.period_start == latest.period_start
    ]
    factor = display_factor(unit=kpi.unit, aggregation=kpi.aggregation)
    kpi.status = (
        overrides[-1].status
        if overrides
        else status_of(
            value=latest.value if latest else None,
            n=latest.n if latest else 0,
            target=goal.value if goal else None,
            at_risk_value=goal.at_risk_value if goal else None,
            direction=kpi.direction,
        )
    )
    kpi.latest = latest
    kpi.shown = latest.value * factor if latest else None
    kpi.goal = goal.value * factor if goal else None
    kpi.unit_word = _UNITS.get(kpi.unit, kpi.unit)
    kpi.is_updating = kpi.pk in updating
    kpi.points = _curve([r.value for r in rollups], goal.value if goal else None)
    kpi.first, kpi.count = (rollups[0].value * factor, len(rollups)) if rollups else (None, 0)


def _curve(values: list[Decimal], goal: Decimal | None) -> dict[str, Any]:
    """Places of the sparkline in percent."""
    known = [*values, *([goal] if goal is not None else [])]
    if not known:
        return {}
    low, high = float(min(known)), float(max(known))
    room = (high - low) * 0.12 or 1.0
    low, high = low - room, high + room

    def place(value: Decimal) -> float:
        return 100 - 100 * (float(value) - low) / (high - low)

    step = 100 / max(1, len(values) - 1)
    return {
        "line": [(number * step, place(value)) for number, value in enumerate(values)],
        "goal": place(goal) if goal is not None else None,
    }


def _first(kpis: list[Any], category: Category) -> list[Any]:
    mine = [kpi for kpi in kpis if kpi.category == category and kpi.status != "no_data"]
    ranked = sorted(mine, key=lambda kpi: _STATUS_ORDER.index(kpi.status))
    best = {kpi.pk for kpi in ranked[:CARDS_PER_CATEGORY]}
    return [kpi for kpi in mine if kpi.pk in best]
