"""What a person's leaving means for spend, which the people pages load: that floor knows none."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from decisions.leaving import handed_on
from decisions.models import Delegation, SpendRequest
from tenants.errors import NotFound
from tenants.models import Member
from tenants.pages import TenantRequest, is_fragment, tenant_page
from tenants.permissions import Role


@tenant_page("spend.view")
def member_spend(request: TenantRequest, slug: str, member_id: UUID) -> HttpResponse:
    """What waits for a member's word and who would get it, once they leave, or with `?roles=`
    hold only those."""
    found = Member.objects.select_related("user").filter(pk=member_id)
    member: Member | None = found.filter(status=Member.Status.ACTIVE).first()
    if member is None:
        raise NotFound
    roles = [role for role in request.GET.getlist("roles") if role in set(Role)]
    own = SpendRequest.objects.filter(requester=member.pk).exclude(status="draft")
    lent = Delegation.objects.with_people().filter(delegate=member.pk)
    context = {
        "person": member,
        "leaves": not roles,
        "handed": handed_on(member, roles),
        "own": own.open().count() if not roles else 0,
        "lent": list(lent.filter(ends_at__gt=timezone.now())) if not roles else [],
    }
    part, whole = "_member_spend.html", "member_spend.html"
    return render(request, f"decisions/{part if is_fragment(request) else whole}", context)
