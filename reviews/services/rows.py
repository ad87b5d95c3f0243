"""Reading a letter to change it."""

from uuid import UUID

from engagements.services.rows import engagement_for_change
from reviews.models import WeeklyUpdate
from tenants.errors import NotFound


def update_for_change(pk: UUID) -> WeeklyUpdate:
    """The letter with its people, held until the end of the transaction; raises NotFound.

    Its engagement is held first, always: sending locks the week's time, and two orders of holding
    would be a deadlock.
    """
    engagement_id = WeeklyUpdate.objects.values_list("engagement_id", flat=True).filter(pk=pk)
    engagement = engagement_for_change(engagement_id.first() or pk)
    found: WeeklyUpdate | None = (
        WeeklyUpdate.objects.with_people()
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound()
    found.engagement = engagement
    return found
