"""The charter: the version in force, its draft, its history, and on paper."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from engagements import policies_charter as policies
from engagements import services
from engagements.boundaries import Boundaries, boundaries_in, steps_of
from engagements.charter_diff import charter_diff, facts_of
from engagements.charter_states import (
    DRAFT,
    IN_FORCE,
    TO_COME,
    Version,
    acknowledgements_of,
    versions_of,
)
from engagements.figures import engagements as all_engagements
from engagements.forms_working import CharterForm, PublishForm, ReviewForm
from engagements.models import Charter, Clause, CommunicationTool, Engagement, EscalationStep
from engagements.services.charter import REVIEW_AFTER
from engagements.views.rows import chosen
from tenants.errors import NotFound
from tenants.models import Member
from tenants.pages import TenantRequest, is_fragment, redirect_after_post, tenant_page
from tenants.policies import allowed
from tenants.repeats import page, says_it_is_gone


@tenant_page("charter.view")
def charter_detail(request: TenantRequest, slug: str) -> HttpResponse:
    """The version in force (or `?version=`), clause by clause with what is live of it."""
    engagements = all_engagements()
    engagement = chosen(request, engagements)
    if engagement is None:
        return render(request, "engagements/charter_detail.html", {"engagement": None})
    versions = versions_of(engagement, request.tenant.today)
    version = _asked(request, versions)
    context = _context(request, engagement, engagements, versions, version)
    return render(request, "engagements/charter_detail.html", context)


@tenant_page("charter.view")
def charter_print(request: TenantRequest, slug: str) -> HttpResponse:
    """The same on paper: the text alone, with a place for two signatures."""
    engagement = _engagement(request)
    versions = versions_of(engagement, request.tenant.today)
    version = _asked(request, versions)
    if version is None:
        raise NotFound()
    context = {"engagement": engagement, "version": version} | _clauses(version.charter)
    return render(request, "engagements/charter_print.html", context)


@tenant_page("charter.view")
def charter_diff_page(request: TenantRequest, slug: str) -> HttpResponse:
    """What changed between two versions: `?from=1&to=2`, the last two without them."""
    engagement = _engagement(request)
    versions = versions_of(engagement, request.tenant.today)
    if not versions:
        raise NotFound()
    after = _numbered(request, "to", versions, versions[0])
    older = [v for v in versions if v.charter.number < after.charter.number]
    before = _numbered(request, "from", versions, older[0] if older else None)
    context = {
        "engagement": engagement,
        "versions": versions,
        "before": before,
        "after": after,
        "diff": charter_diff(before.charter if before else None, after.charter),
    }
    return render(request, "engagements/charter_diff.html", context)


@require_POST
@tenant_page("charter.view", write="charter.manage")
def charter_draft(request: TenantRequest, slug: str) -> HttpResponse:
    """The next version as a draft."""
    engagement = _engagement(request)
    services.charter_draft(engagement=engagement, actor=request.member)
    messages.success(request, "Draft made. Nothing changes until it is published.")
    return redirect_after_post(request, _address("charter_edit", slug, engagement))


@tenant_page("charter.manage")
def charter_edit(request: TenantRequest, slug: str) -> HttpResponse:
    """Write the draft, with a preview beside it."""
    engagement = _engagement(request)
    draft = _draft(engagement)
    if draft is None:
        return redirect_after_post(request, _address("charter_detail", slug, engagement))
    policies.check_can_edit(actor=request.member, charter=draft)
    steps = steps_of(draft)
    form = CharterForm(
        request.POST or None,
        charter=draft,
        steps=steps,
        members=_members({step.member_id for step in steps}),
        tools=CommunicationTool.objects.all(),
    )
    only_preview = "preview" in request.POST
    if request.method == "POST" and form.is_valid() and not only_preview:
        saved = form.send(
            services.charter_update, charter=draft, actor=request.member, changes=form.changes()
        )
        if saved is not None:
            messages.success(request, "Draft saved.")
            return redirect_after_post(request, _address("charter_edit", slug, engagement))
    context = {"engagement": engagement, "draft": draft, "form": form} | _preview(form, draft)
    context["publish"] = _publish_form(draft)
    context["may_publish"] = allowed(
        policies.check_can_publish, actor=request.member, charter=draft
    )
    if only_preview and is_fragment(request):
        return render(request, "engagements/_charter_preview.html", context)
    refused = request.method == "POST" and not form.is_valid()
    return render(request, "engagements/charter_edit.html", context, status=422 if refused else 200)


@require_POST
@tenant_page("charter.view", write="charter.publish")
def charter_publish(request: TenantRequest, slug: str, charter_id: UUID) -> HttpResponse:
    """Put the draft in force; what is missing is said on its page."""
    charter = _charter(charter_id)
    form = PublishForm(request.POST)
    if form.is_valid():
        done = form.send(
            services.charter_publish, charter=charter, actor=request.member, **form.cleaned_data
        )
        if done is not None:
            messages.success(request, f"Version {done.number} is published.")
            return redirect_after_post(
                request, _address("charter_detail", slug, done.engagement, version=done.number)
            )
    context = {"engagement": charter.engagement, "charter": charter, "publish": form}
    return render(request, "engagements/charter_publish.html", context, status=422)


@require_POST
@tenant_page("charter.view", write="charter.manage")
@says_it_is_gone(
    "charter.discarded",
    said="This draft had been discarded already.",
    to=page("charter_detail"),
)
def charter_discard(request: TenantRequest, slug: str, charter_id: UUID) -> HttpResponse:
    """Throw the draft away."""
    charter = _charter(charter_id)
    services.charter_discard(charter=charter, actor=request.member)
    messages.success(request, "Draft discarded.")
    return redirect_after_post(request, _address("charter_detail", slug, charter.engagement))


@require_POST
@tenant_page("charter.view", write="charter.acknowledge")
def charter_acknowledge(request: TenantRequest, slug: str, charter_id: UUID) -> HttpResponse:
    """The reader has read this version."""
    charter = _charter(charter_id)
    services.charter_acknowledge(charter=charter, actor=request.member)
    messages.success(request, f"Version {charter.number} acknowledged.")
    return redirect_after_post(
        request, _address("charter_detail", slug, charter.engagement, version=charter.number)
    )


@require_POST
@tenant_page("charter.view", write="charter.manage")
def charter_remind(request: TenantRequest, slug: str, charter_id: UUID) -> HttpResponse:
    """Ask those who have not acknowledged it once more."""
    charter = _charter(charter_id)
    told = len(services.charter_remind(charter=charter, actor=request.member))
    people = "1 person" if told == 1 else f"{told} people"
    said = f"Asked {people} once more." if told else "Everybody was asked today already."
    messages.success(request, said)
    return redirect_after_post(
        request, _address("charter_detail", slug, charter.engagement, version=charter.number)
    )


@require_POST
@tenant_page("charter.view", write="charter.manage")
def charter_review(request: TenantRequest, slug: str, charter_id: UUID) -> HttpResponse:
    """It was looked at and stays; the next review has a day."""
    charter = _charter(charter_id)
    form = ReviewForm(request.POST)
    if form.is_valid():
        done = form.send(
            services.charter_review, charter=charter, actor=request.member, **form.cleaned_data
        )
        if done is not None:
            messages.success(request, "Review noted.")
            return redirect_after_post(
                request, _address("charter_detail", slug, charter.engagement)
            )
    engagements = all_engagements()
    versions = versions_of(charter.engagement, request.tenant.today)
    version = next(v for v in versions if v.charter == charter)
    context = _context(request, charter.engagement, engagements, versions, version)
    context["review"] = form
    return render(request, "engagements/charter_detail.html", context, status=422)


def _engagement(request: TenantRequest) -> Engagement:
    engagement = chosen(request, all_engagements())
    if engagement is None:
        raise NotFound()
    return engagement


def _charter(charter_id: UUID) -> Charter:
    found: Charter | None = Charter.objects.with_channels().filter(pk=charter_id).first()
    if found is None:
        raise NotFound()
    return found


def _draft(engagement: Engagement) -> Charter | None:
    found: Charter | None = (
        Charter.objects.with_channels().filter(engagement=engagement, status="draft").first()
    )
    return found


def _members(kept: set[Any]) -> list[Member]:
    """Active members, and those who stand on the path already."""
    members = Member.objects.select_related("user")
    return [m for m in members if m.status == Member.Status.ACTIVE or m.pk in kept]


def _asked(request: TenantRequest, versions: list[Version]) -> Version | None:
    """`?version=` of the history; else the one in force, to come, or the draft."""
    found = _numbered(request, "version", versions, None)
    for state in (IN_FORCE, TO_COME, DRAFT):
        found = found or next((v for v in versions if v.state == state), None)
    return found


def _numbered(
    request: TenantRequest, name: str, versions: list[Version], fallback: Version | None
) -> Any:
    """The version whose number the question names; raises NotFound for one that never was."""
    asked = request.GET.get(name, "")
    if not asked:
        return fallback
    found = next((v for v in versions if str(v.charter.number) == asked), None)
    if found is None:
        raise NotFound()
    return found


def _context(
    request: TenantRequest,
    engagement: Engagement,
    engagements: list[Engagement],
    versions: list[Version],
    version: Version | None,
) -> dict[str, Any]:
    member, today = request.member, request.tenant.today
    draft = next((v.charter for v in versions if v.state == DRAFT), None)
    context: dict[str, Any] = {
        "engagement": engagement,
        "others": [e for e in engagements if e != engagement],
        "versions": versions,
        "version": version,
        "draft": draft,
        "today": today,
        "may_draft": allowed(
            policies.check_can_draft, actor=member, engagement=engagement, draft=draft
        ),
        "may_edit": draft is not None
        and allowed(policies.check_can_edit, actor=member, charter=draft),
    }
    if version is None:
        return context
    charter = version.charter
    latest = max(
        (v.charter for v in versions if v.state != DRAFT), key=lambda c: c.number, default=None
    )
    facts = {"actor": member, "charter": charter, "latest": latest}
    asked = None if charter.is_draft else acknowledgements_of(charter)
    mine = asked is not None and any(row.member_id == member.pk for row in asked.done)
    return (
        context
        | _clauses(charter)
        | {
            "asked": asked,
            "acknowledged": mine,
            "may_acknowledge": not mine and allowed(policies.check_can_acknowledge, **facts),
            "may_review": allowed(policies.check_can_review, **facts),
            "may_remind": allowed(policies.check_can_remind, **facts),
            "review": ReviewForm(initial={"review_on": today + REVIEW_AFTER}),
        }
    )


def _clauses(charter: Charter, found: Boundaries | None = None) -> dict[str, Any]:
    """Each clause with its text and its live facts."""
    live = found or boundaries_in(charter)
    facts = facts_of(live)
    return {
        "boundaries": live,
        "clauses": [
            (clause, charter.text_of(clause), [(n, t) for c, n, t in facts if c == clause.value])
            for clause in Clause
        ],
    }


def _preview(form: CharterForm, draft: Charter) -> dict[str, Any]:
    """The clauses as they would read: what was typed as far as it is sound, else what is stored."""
    if not form.is_bound or not form.is_valid():
        return _clauses(draft)
    changes = form.changes()
    shown = Charter(
        number=draft.number,
        clauses=changes["clauses"],
        response_times=changes["response_times"],
        decisions=changes["decisions"],
        deputy_from_days=changes["deputy_from_days"],
        normal_channel=changes["normal_channel"],
        urgent_channel=changes["urgent_channel"],
    )
    steps = [EscalationStep(role=s.get("role", ""), member=s.get("member")) for s in form.path()]
    return _clauses(shown, boundaries_in(shown, steps))


def _publish_form(draft: Charter) -> PublishForm:
    first = draft.effective_on or draft.engagement.tenant.today
    return PublishForm(
        initial={"effective_on": first, "review_on": draft.review_on or first + REVIEW_AFTER}
    )


def _address(name: str, slug: str, engagement: Engagement, *, version: int | None = None) -> str:
    address = f"{reverse(name, args=[slug])}?engagement={engagement.pk}"
    return address if version is None else f"{address}&version={version}"
