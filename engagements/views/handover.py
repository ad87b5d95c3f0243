"""The handover pack: how complete it would be, building it, taking it along."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from engagements import services
from engagements.handover.registry import assess
from engagements.models import Engagement, HandoverPack
from engagements.views.rows import chosen, engagement_at
from tenants.files.forms import FileForm
from tenants.files.services import attach, files_of
from tenants.files.views import file_response
from tenants.jobs.models import Job
from tenants.jobs.registry import label_of
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.policies import allowed, check

PACKS_SHOWN = 5


@tenant_page("handover.build")
def handover_detail(request: TenantRequest, slug: str) -> HttpResponse:
    """The score with its reasons, the documents, the packs; a POST attaches a document."""
    engagements = list(Engagement.objects.with_people().current_first())
    engagement = chosen(request, engagements)
    form = FileForm(request.POST or None, request.FILES or None)
    if engagement is None:
        return render(request, "engagements/handover_detail.html", {"engagement": None})
    status = 200
    if request.method == "POST":
        form = FileForm(request.POST, request.FILES)
        if form.is_valid() and form.send(attach, target=engagement, actor=request.member):
            messages.success(request, "The document is attached.")
            return redirect_after_post(request, _address(slug, engagement.pk))
        status = 422
    packs = list(
        HandoverPack.objects.filter(engagement=engagement).select_related("file")[:PACKS_SHOWN]
    )
    building = next((pack for pack in packs if pack.status == HandoverPack.Status.BUILDING), None)
    context = {
        "engagement": engagement,
        "others": [e for e in engagements if e != engagement],
        "assessment": assess(engagement),
        "packs": [pack for pack in packs if pack is not building],
        "job": Job.objects.filter(pk=building.job_id).first() if building else None,
        "label": label_of("engagements.handover"),
        "documents": files_of(engagement),
        "form": form,
        "may_change": allowed(check, actor=request.member, permission="engagement.attach"),
    }
    return render(request, "engagements/handover_detail.html", context, status=status)


@require_POST
@tenant_page("handover.build", while_inactive=True)
def handover_build(request: TenantRequest, slug: str, engagement_id: UUID) -> HttpResponse:
    """Have the pack built."""
    engagement = engagement_at(engagement_id)
    services.handover_build(engagement=engagement, actor=request.member)
    messages.success(request, "The pack is being built. You are told when it is ready.")
    return redirect_after_post(request, _address(slug, engagement.pk))


@require_safe
@tenant_page("handover.build")
def handover_download(
    request: TenantRequest, slug: str, engagement_id: UUID, pack_id: UUID
) -> HttpResponseBase:
    """The ZIP."""
    packs = HandoverPack.objects.select_related("file", "engagement")
    pack = packs.filter(pk=pack_id, engagement_id=engagement_id).first()
    return file_response(services.handover_download(pack=pack, actor=request.member))


def _address(slug: str, engagement_id: UUID) -> str:
    return reverse("handover_detail", kwargs={"slug": slug}) + f"?engagement={engagement_id}"
