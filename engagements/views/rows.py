"""Finding what an address names."""

from uuid import UUID

from engagements.models import Engagement, Initiative
from tenants.errors import NotFound
from tenants.pages import TenantRequest


def chosen(request: TenantRequest, engagements: list[Engagement]) -> Engagement | None:
    """The engagement that `?engagement=` names, the current one without it; raises NotFound."""
    wanted = request.GET.get("engagement") or request.POST.get("engagement")
    if not wanted:
        return engagements[0] if engagements else None
    found = next((e for e in engagements if str(e.pk) == wanted), None)
    if found is None:
        raise NotFound()
    return found


def engagement_at(engagement_id: UUID) -> Engagement:
    """The engagement with its people; raises NotFound."""
    found: Engagement | None = Engagement.objects.with_people().filter(pk=engagement_id).first()
    if found is None:
        raise NotFound()
    return found


def offered_initiatives() -> list[Initiative]:
    """The open initiatives by title, for a field that offers them; one query."""
    return list(Initiative.objects.still_open().order_by("title"))
