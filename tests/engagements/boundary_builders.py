"""Charters, absences and their people, as short as a test needs them."""

import datetime as dt
from typing import Any

from engagements import services
from engagements.models import Charter, Engagement, OffPeriod
from tests.factories import Company

D = dt.date  # the tests play on 15 October 2026, a Thursday


def draft(engagement: Engagement, company: Company, **changes: Any) -> Charter:
    return services.charter_draft(engagement=engagement, actor=company.cto, changes=changes)


def published(
    engagement: Engagement, company: Company, on: dt.date | None = None, **changes: Any
) -> Charter:
    """The next version, from the template, in force from the engagement's start or `on`."""
    first = not Charter.objects.filter(engagement=engagement).exists()
    return services.charter_publish(
        charter=draft(engagement, company, **changes),
        actor=company.executive,
        effective_on=on or (engagement.starts_on if first else company.tenant.today),
        review_on=D(2027, 4, 1),
    )


def away(company: Company, first: dt.date, last: dt.date, **fields: Any) -> OffPeriod:
    """The CTO's absence, covered by the team's member."""
    facts: dict[str, Any] = {"member": company.cto, "deputy": company.team, "note": "Sailing"}
    facts |= fields
    actor = fields.pop("actor", facts["member"])
    facts.pop("actor", None)
    return services.coverage_plan(actor=actor, starts_on=first, ends_on=last, **facts)
