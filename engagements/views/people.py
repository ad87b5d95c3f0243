"""The people map: who counts, how much, and where they stand."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from engagements import policies_charter as policies
from engagements import services
from engagements.figures import engagements as all_engagements
from engagements.forms_working import StakeholderForm, initial_of
from engagements.models import Engagement, Stakeholder
from engagements.people_map import people_csv, place
from engagements.views.rows import chosen
from tenants.errors import NotFound
from tenants.models import Member
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.policies import allowed
from tenants.repeats import page, says_it_is_gone

FIELDS = ("member", "name", "department", "role", "influence", "support", "notes")


@tenant_page("stakeholder.view")
def people_map(request: TenantRequest, slug: str) -> HttpResponse:
    """The map and its table; attitude and notes are for CTOs and executives."""
    engagements = all_engagements()
    engagement = chosen(request, engagements)
    private = request.member.can("stakeholder.manage")
    context: dict[str, Any] = {"engagement": engagement, "others": [], "private": private}
    if engagement is not None:
        people = _people(engagement)
        context |= {
            "others": [e for e in engagements if e != engagement],
            "people": people,
            "spots": place(people) if private else [],
            "may_manage": allowed(
                policies.check_can_manage_people, actor=request.member, engagement=engagement
            ),
        }
    return render(request, "engagements/people_map.html", context)


@tenant_page("stakeholder.view")
def people_export(request: TenantRequest, slug: str) -> HttpResponse:
    """The table as CSV, with what the reader may see."""
    engagement = _engagement(request)
    text = people_csv(_people(engagement), private=request.member.can("stakeholder.manage"))
    name = f"{request.tenant.slug}-people.csv"
    return HttpResponse(
        "\ufeff" + text,  # spreadsheets read UTF-8 by its mark
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@tenant_page("stakeholder.manage")
def person_create(request: TenantRequest, slug: str) -> HttpResponse:
    """Put somebody on the map."""
    engagement = _engagement(request)
    policies.check_can_manage_people(actor=request.member, engagement=engagement)
    initial = {"influence": 3, "support": 3}
    form = StakeholderForm(request.POST or None, initial=initial, members=_members())
    if request.method == "POST" and form.is_valid():
        made = form.send(
            services.stakeholder_add, engagement=engagement, actor=request.member, **form.facts()
        )
        if made is not None:
            messages.success(request, f"{made.name} is on the map.")
            return redirect_after_post(request, _address(slug, engagement))
    return _form_page(request, {"form": form, "engagement": engagement, "person": None})


@tenant_page("stakeholder.manage")
def person_update(request: TenantRequest, slug: str, person_id: UUID) -> HttpResponse:
    """Change somebody on the map."""
    person = _person(person_id)
    policies.check_can_manage_people(actor=request.member, engagement=person.engagement)
    members = {m.pk: m for m in [*_members(), *([person.member] if person.member else [])]}
    form = StakeholderForm(
        request.POST or None, initial=initial_of(person, FIELDS), members=members.values()
    )
    if request.method == "POST" and form.is_valid():
        changed = form.send(
            services.stakeholder_update, person=person, actor=request.member, changes=form.facts()
        )
        if changed is not None:
            messages.success(request, f"{changed.name} saved.")
            return redirect_after_post(request, _address(slug, person.engagement))
    return _form_page(request, {"form": form, "engagement": person.engagement, "person": person})


@require_POST
@tenant_page("stakeholder.view", write="stakeholder.manage")
@says_it_is_gone(
    "stakeholder.deleted",
    said="This person had been taken off the map already.",
    to=page("people_map"),
)
def person_delete(request: TenantRequest, slug: str, person_id: UUID) -> HttpResponse:
    """Take somebody off the map."""
    person = _person(person_id)
    services.stakeholder_delete(person=person, actor=request.member)
    messages.success(request, f"{person.name} is off the map.")
    return redirect_after_post(request, _address(slug, person.engagement))


def _form_page(request: TenantRequest, context: dict[str, Any]) -> HttpResponse:
    status = 422 if context["form"].is_bound else 200
    return render(request, "engagements/person_form.html", context, status=status)


def _engagement(request: TenantRequest) -> Engagement:
    engagement = chosen(request, all_engagements())
    if engagement is None:
        raise NotFound()
    return engagement


def _people(engagement: Engagement) -> list[Stakeholder]:
    return list(Stakeholder.objects.with_people().filter(engagement=engagement))


def _person(person_id: UUID) -> Stakeholder:
    found: Stakeholder | None = (
        Stakeholder.objects.with_people()
        .select_related("engagement__tenant")
        .filter(pk=person_id)
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _members() -> list[Member]:
    return list(Member.objects.select_related("user").filter(status=Member.Status.ACTIVE))


def _address(slug: str, engagement: Engagement) -> str:
    return f"{reverse('people_map', args=[slug])}?engagement={engagement.pk}"
