"""The roadmap: the list by impact, one initiative with its milestones, their forms."""

import csv
import io
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from engagements import policies_roadmap as policies
from engagements import services
from engagements.forms_roadmap import (
    InitiativeForm,
    MilestoneForm,
    ProgressForm,
    RoadmapFilterForm,
)
from engagements.impact import rate
from engagements.models import STATUS_TRANSITIONS, Initiative, Milestone, TimeEntry
from engagements.roadmap import (
    Group,
    Rated,
    balance_of,
    grouped,
    review_due_on,
    settings_now,
    weights_on,
)
from engagements.timesheet import plain_cell
from tenants.audit.words import changes_in_words, sentence
from tenants.errors import NotFound
from tenants.models import AuditEvent, Member
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.policies import allowed

FIELDS = [name for name in InitiativeForm.base_fields if name != "form_id"]
HISTORY_SHOWN = 30
_UNTOLD = {"Initiative", "Title", "Done at"}  # the line above names and says them
_FAR = "9999-12-31"
_ORDERS: dict[str, Callable[[Rated], Any]] = {
    "due": lambda row: (str(row.initiative.due_on or _FAR), row.rank),
    "progress": lambda row: (-row.initiative.progress_percent, row.rank),
    "title": lambda row: row.initiative.title.casefold(),
}
COLUMNS = [
    "title", "impact", "score", "expected_result", "business_value", "resource_demand",
    "timeline", "risk", "horizon", "status", "owner", "progress_percent", "starts_on", "due_on",
    "budget_amount", "currency",
]  # fmt: skip


@tenant_page("initiative.view")
def initiative_list(request: TenantRequest, slug: str) -> HttpResponse:
    """All open initiatives by impact, with filters, the balance, and the next review."""
    everything = list(Initiative.objects.with_owner())
    form = _filter(request, everything)
    today = request.tenant.today
    settings = settings_now()
    context = {
        "form": form,
        "groups": _shown(form, everything, request),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "any_at_all": bool(everything),
        "query": request.GET.urlencode(),
        "open": [row for row in everything if row.is_open],
        "balance": balance_of(everything, settings.short_target_percent),
        "review_due_on": review_due_on(),
        "today": today,
        "may_manage": request.member.can("initiative.manage"),
    }
    status = 200 if form.is_valid() else 422
    return render(request, "engagements/initiative_list.html", context, status=status)


@tenant_page("initiative.view")
def initiative_export(request: TenantRequest, slug: str) -> HttpResponse:
    """What the list shows, as CSV."""
    everything = list(Initiative.objects.with_owner())
    groups = _shown(_filter(request, everything), everything, request)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in (row for group in groups for row in group.rows):
        writer.writerow(_cells(row))
    name = f"{slug}-initiatives-{request.tenant.today:%Y-%m-%d}.csv"
    return HttpResponse(
        "\ufeff" + out.getvalue(),  # spreadsheets read UTF-8 by its mark
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@tenant_page("initiative.manage")
def initiative_create(request: TenantRequest, slug: str) -> HttpResponse:
    """A new initiative."""
    initial = {"horizon": "short"} | dict.fromkeys(
        ("business_value", "resource_demand", "timeline", "risk"), 3
    )
    form = InitiativeForm(request.POST or None, initial=initial, members=active_members())
    if request.method == "POST" and form.is_valid():
        made = form.send(services.initiative_create, actor=request.member, **form.facts())
        if made is not None:
            messages.success(request, "Initiative added. Name its milestones next.")
            return redirect_after_post(request, _address(slug, made))
    return _form_page(request, form, initiative=None)


@tenant_page("initiative.manage")
def initiative_update(request: TenantRequest, slug: str, initiative_id: UUID) -> HttpResponse:
    """Change what an initiative is; how it goes has its own form on its page."""
    initiative = initiative_at(initiative_id)
    policies.check_can_change_initiative(actor=request.member, initiative=initiative)
    initial = {name: getattr(initiative, name) for name in FIELDS} | {"owner": initiative.owner_id}
    people = {m.pk: m for m in [*active_members(), initiative.owner] if m}
    form = InitiativeForm(request.POST or None, initial=initial, members=people.values())
    if request.method == "POST" and form.is_valid():
        changed = form.send(
            services.initiative_update,
            initiative=initiative,
            actor=request.member,
            changes=form.facts(),
        )
        if changed is not None:
            messages.success(request, "Initiative saved.")
            return redirect_after_post(request, _address(slug, changed))
    return _form_page(request, form, initiative=initiative)


@tenant_page("initiative.view")
def initiative_detail(request: TenantRequest, slug: str, initiative_id: UUID) -> HttpResponse:
    """What it is to bring, how it goes, its milestones, why its impact is what it is, history."""
    initiative = initiative_at(initiative_id)
    return _detail(request, initiative)


@require_POST
@tenant_page("initiative.view", write="initiative.progress")
def initiative_progress(request: TenantRequest, slug: str, initiative_id: UUID) -> HttpResponse:
    """Report status and progress."""
    initiative = initiative_at(initiative_id)
    policies.check_can_report_progress(actor=request.member, initiative=initiative)
    form = _progress_form(initiative, request.POST)
    if form.is_valid():
        changed = form.send(
            services.initiative_update,
            initiative=initiative,
            actor=request.member,
            changes=form.cleaned_data,
        )
        if changed is not None:
            messages.success(request, f"{changed.title}: {changed.get_status_display().lower()}.")
            return redirect_after_post(request, _address(slug, changed))
    return _detail(request, initiative, progress=form)


@require_POST
@tenant_page("initiative.view", write="initiative.progress")
def milestone_add(request: TenantRequest, slug: str, initiative_id: UUID) -> HttpResponse:
    """Add a step."""
    initiative = initiative_at(initiative_id)
    policies.check_can_change_milestones(actor=request.member, initiative=initiative)
    form = MilestoneForm(request.POST)
    if form.is_valid():
        made = form.send(
            services.milestone_add,
            initiative=initiative,
            actor=request.member,
            **form.cleaned_data,
        )
        if made is not None:
            messages.success(request, "Milestone added.")
            return redirect_after_post(request, _address(slug, initiative))
    return _detail(request, initiative, milestone=form)


@require_POST
@tenant_page("initiative.view", write="initiative.progress")
def milestone_update(request: TenantRequest, slug: str, milestone_id: UUID) -> HttpResponse:
    """Tick a step, take the tick back, or delete it: the button's name says which."""
    milestone = Milestone.objects.filter(pk=milestone_id).select_related("initiative").first()
    if milestone is None:
        raise NotFound()
    facts = {"milestone": milestone, "actor": request.member}
    if "delete" in request.POST:
        services.milestone_delete(**facts)
        messages.success(request, f"Deleted: {milestone.title}.")
    else:
        done = request.POST.get("done") == "1"
        services.milestone_update(**facts, changes={"done": done})
        said = "reached" if done else "open again"
        messages.success(request, f"{milestone.title}: {said}.")
    return redirect_after_post(request, _address(slug, milestone.initiative))


def initiative_at(initiative_id: UUID) -> Initiative:
    """The initiative with its owner; raises NotFound."""
    found: Initiative | None = Initiative.objects.with_owner().filter(pk=initiative_id).first()
    if found is None:
        raise NotFound()
    return found


def active_members() -> list[Member]:
    """The company's active members."""
    return list(Member.objects.select_related("user").filter(status=Member.Status.ACTIVE))


def _filter(request: TenantRequest, everything: Iterable[Initiative]) -> RoadmapFilterForm:
    """The filter, which offers those who carry anything."""
    owners = {row.owner_id: row.owner for row in everything if row.owner}
    return RoadmapFilterForm(request.GET, members=owners.values())


def _shown(
    form: RoadmapFilterForm, everything: Iterable[Initiative], request: TenantRequest
) -> list[Group]:
    """The groups as the filter narrows and orders them; open ones alone unless it says so."""
    asked = form.cleaned_data if form.is_valid() else {}
    weights = weights_on(request.tenant.today)
    groups = []
    for group in grouped([row for row in everything if _fits(row, asked)], weights):
        if asked.get("impact") in (None, "", group.impact):
            order = _ORDERS.get(asked.get("sort", ""), lambda row: row.rank)
            groups.append(Group(group.impact, sorted(group.rows, key=order)))
    return groups


def _fits(row: Initiative, asked: dict[str, Any]) -> bool:
    status, words = asked.get("status"), (asked.get("q") or "").casefold()
    if status and status != "all" and row.status != status:
        return False
    if not status and not row.is_open:
        return False
    if asked.get("horizon") not in (None, "", row.horizon):
        return False
    if asked.get("owner") not in (None, "", str(row.owner_id)):
        return False
    return words in f"{row.title} {row.expected_result}".casefold()


def _cells(row: Rated) -> list[Any]:
    one = row.initiative
    return [
        plain_cell(one.title), row.rating.impact, f"{row.rating.score:.2f}",
        plain_cell(one.expected_result), one.business_value, one.resource_demand, one.timeline,
        one.risk, one.horizon, one.status, plain_cell(one.owner.name if one.owner else ""),
        one.progress_percent, one.starts_on or "", one.due_on or "", one.budget_amount or "",
        one.currency,
    ]  # fmt: skip


def _form_page(
    request: TenantRequest, form: InitiativeForm, *, initiative: Initiative | None
) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "initiative": initiative, "currency": request.tenant.currency}
    return render(request, "engagements/initiative_form.html", context, status=status)


def _progress_form(initiative: Initiative, data: Any = None) -> ProgressForm:
    """Offers the present status and those that may follow on it."""
    following = [
        s
        for s in Initiative.Status.values
        if s == initiative.status or s in STATUS_TRANSITIONS[initiative.status]
    ]
    initial = {"status": initiative.status, "progress_percent": initiative.progress_percent}
    return ProgressForm(data, initial=initial, statuses=following)


def _detail(
    request: TenantRequest,
    initiative: Initiative,
    *,
    progress: ProgressForm | None = None,
    milestone: MilestoneForm | None = None,
) -> HttpResponse:
    """The page, with a form that was refused in its place."""
    milestones = list(
        Milestone.objects.filter(initiative=initiative).select_related("done_by__user")
    )
    facts = {"actor": request.member, "initiative": initiative}
    sees_time = request.member.can("time.view")
    context = {
        "initiative": initiative,
        "rating": rate(initiative, weights_on(request.tenant.today)),
        "milestones": milestones,
        "today": request.tenant.today,
        "progress": progress or _progress_form(initiative),
        "milestone": milestone or MilestoneForm(),
        "may_change": allowed(policies.check_can_change_initiative, **facts),
        "may_report": allowed(policies.check_can_report_progress, **facts),
        "may_step": allowed(policies.check_can_change_milestones, **facts),
        "sees_time": sees_time,
        "minutes": _minutes_by_month(initiative) if sees_time else {},
        "history": _history(initiative, milestones),
    }
    refused = progress is not None or milestone is not None
    return render(
        request,
        "engagements/initiative_detail.html",
        context,
        status=422 if refused else 200,
    )


def _minutes_by_month(initiative: Initiative) -> dict[Any, int]:
    """Its time by month, the newest first."""
    found = TimeEntry.objects.filter(linked_initiative=initiative).minutes_by_month()
    return dict(sorted(found.items(), reverse=True))


_SAID = {
    "initiative.created": "put it on the roadmap",
    "initiative.changed": "changed it",
    "initiative.rescored": "changed its scores in a review",
    "initiative.kpi_linked": "linked a key figure",
    "initiative.kpi_unlinked": "took a key figure off",
    "milestone.added": "added a milestone",
    "milestone.changed": "changed a milestone",
    "milestone.reached": "reached a milestone",
    "milestone.reopened": "took a milestone back",
    "milestone.deleted": "deleted a milestone",
}


def _history(initiative: Initiative, milestones: Iterable[Milestone]) -> list[dict[str, Any]]:
    """Its events and those of its milestones in words, the newest first."""
    ids = [initiative.pk, *(m.pk for m in milestones)]
    events: QuerySet[Any] = AuditEvent.objects.filter(Q(target_id__in=ids)).order_by("-id")
    return [
        {
            "event": event,
            "sentence": _SAID.get(event.verb) or sentence(event.verb).lower(),
            "changes": [
                c
                for c in changes_in_words(event.verb, event.changes)
                if event.target_id == initiative.pk or c.field not in _UNTOLD
            ]
            if event.verb != "initiative.created"
            else [],
        }
        for event in events[:HISTORY_SHOWN]
    ]


def _address(slug: str, initiative: Initiative) -> str:
    return reverse("initiative_detail", args=[slug, initiative.pk])
