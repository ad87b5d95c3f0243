"""The reminder of the day on which the roadmap's priorities are to be looked at again."""

import datetime as dt
from typing import Any
from uuid import UUID

from engagements.models import Engagement, Prioritisation
from tenants.models import Member
from tenants.notifications.kinds import Email, register_check, register_kind
from tenants.notifications.links import link_to
from tenants.notifications.reminders import remind
from tenants.notifications.services import settle

DUE = "priorities.due"
MORNING = dt.time(9)  # at the client's


def register() -> None:
    """The kind and its check, from `AppConfig.ready`."""
    register_kind(
        DUE,
        label="The priorities are to be looked at again",
        group="Initiatives",
        permission="initiative.manage",
        email=Email.ONCE,
    )
    register_check(DUE, review_is_due)


def remind_of_review(session: Prioritisation, before: Prioritisation | None, zone: Any) -> None:
    """On the morning on which the next session is due, once; the one before it is settled."""
    if before is not None:
        settle(target=before, kinds=[DUE])
    remind(
        to=[],
        kind=DUE,
        title="Look at the priorities again",
        body="Their review is due today: weigh the open initiatives against each other.",
        at=dt.datetime.combine(session.next_due_on, MORNING, tzinfo=zone),
        dedupe_key=DUE,  # one a company, which moves with each session
        still_due=DUE,
        link=link_to("prioritisation_create"),
        target=session,
    )


def review_is_due(*, target_id: UUID, args: dict[str, Any]) -> Any:
    """CTOs and sponsors of engagements that go on, while no later session was held."""
    latest = Prioritisation.objects.order_by("-held_on", "-id").first()
    if latest is None or latest.pk != target_id:
        return False
    running = Engagement.objects.with_people().exclude(status=Engagement.Status.ENDED)
    people: list[Member | None] = [m for e in running for m in (e.cto, e.sponsor)]
    return list({person.pk: person for person in people if person is not None}.values())
