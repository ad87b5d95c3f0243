"""Letters as short as a test needs them; run inside the company's tenant."""

import datetime as dt
from typing import Any

from engagements.models import Engagement
from reviews import services
from reviews.content import Content, Item
from reviews.models import WeeklyUpdate
from tenants.audit.models import AuditEvent
from tenants.models import Member
from tests.factories import Company

D = dt.date
WEEK_42 = D(2026, 10, 12)
WEEK_41 = D(2026, 10, 5)
WEEK_40 = D(2026, 9, 28)
MON_19 = D(2026, 10, 19)
FULL = {
    "summary": "Onboarding is ready for all customers from Monday.",
    "health": "on_track",
    "progress": "Onboarding open to all 41 customers\nCache tested on one site",
    "wins": "First customer onboarded itself",
    "risks": "The old broker holds until November",
    "next_week": "Roll out the cache",
    "confidence": 4,
}


def start(
    engagement: Engagement, actor: Member, week_start: dt.date = WEEK_42, **content: Any
) -> WeeklyUpdate:
    """A draft; with `content` of the letter's own fields, blockers and asks."""
    update, _ = services.update_start(
        engagement=engagement, actor=actor, week_start=week_start, content=letter(**content)
    )
    return update


def letter(*, blockers: Any = None, asks: Any = None, **fields: Any) -> Content:
    return Content(fields=fields, blockers=blockers, asks=asks)


def ask(member: Member, text: str = "Vote on the audit", due_on: dt.date = MON_19) -> Item:
    return Item(text=text, member=member, due_on=due_on)


def sent(
    engagement: Engagement, company: Company, week_start: dt.date = WEEK_42, **content: Any
) -> WeeklyUpdate:
    """A letter that the CTO wrote and sent."""
    update = start(engagement, company.cto, week_start, **(FULL | content))
    return services.update_submit(update=update, actor=company.cto)


def acknowledged(
    engagement: Engagement, company: Company, week_start: dt.date = WEEK_42, **content: Any
) -> WeeklyUpdate:
    """A letter that the executive has read."""
    update = sent(engagement, company, week_start, **content)
    return services.update_acknowledge(update=update, actor=company.executive)


def verbs(update: WeeklyUpdate) -> list[str]:
    """What the trail says of a letter, oldest first."""
    return list(
        AuditEvent.objects.filter(target_id=update.pk).order_by("id").values_list("verb", flat=True)
    )
