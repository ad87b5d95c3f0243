"""Reading the letter that an address names."""

import datetime as dt

from django.urls import reverse

from engagements.figures import current_engagement
from engagements.models import Engagement
from reviews.models import WeeklyUpdate
from tenants.errors import NotFound
from tenants.models import Member
from tenants.pages import TenantRequest


def find_update(request: TenantRequest, week_start: dt.date) -> WeeklyUpdate | None:
    """The letter of this week that the reader may see: `?engagement=` names one of several.

    Without it the newest engagement's, with its people and rows; three queries at most.
    """
    found = WeeklyUpdate.objects.with_people().with_items().visible_to(request.member)
    if chosen := request.GET.get("engagement", ""):
        found = found.filter(engagement_id__in=[e.pk for e in _named(chosen)])
    update: WeeklyUpdate | None = (
        found.of_week(week_start).order_by("-engagement__starts_on", "-id").first()
    )
    if update is not None:
        update.engagement.tenant = request.tenant
    return update


def get_update(request: TenantRequest, week_start: dt.date) -> WeeklyUpdate:
    """As `find_update`; raises NotFound where there is none."""
    update = find_update(request, week_start)
    if update is None:
        raise NotFound()
    return update


def engagement_to_write(request: TenantRequest) -> Engagement:
    """The engagement whose letters are written here; raises NotFound where there is none."""
    engagement = current_engagement()
    if engagement is None:
        raise NotFound("There is no engagement yet: an admin or executive creates it.")
    return engagement


def client_readers(engagement: Engagement) -> list[Member]:
    """Who the letter goes to: the sponsor first, then executives and board, by name."""
    found = Member.objects.select_related("user").filter(
        status=Member.Status.ACTIVE, roles__overlap=["executive", "board"]
    )
    people = sorted(found, key=lambda member: (member.pk != engagement.sponsor_id, member.name))
    return [member for member in people if member.pk != engagement.cto_id]


def address(name: str, request: TenantRequest, week_start: dt.date) -> str:
    """A page of this week's letter."""
    return reverse(name, kwargs={"slug": request.tenant.slug, "week_start": week_start})


def _named(text: str) -> list[Engagement]:
    return [e for e in Engagement.objects.all() if str(e.pk) == text]
