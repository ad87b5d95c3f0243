"""Rows of an engagement, as short as a test needs them."""

import datetime as dt
from decimal import Decimal
from typing import Any

from engagements import services
from engagements.models import Engagement, Terms, TimeEntry
from tests.factories import Company

START = dt.date(2026, 9, 1)  # the tests play on 15 October 2026
D = dt.date


def make_engagement(company: Company, **fields: Any) -> Engagement:
    """An active engagement of the company's CTO since 1 September 2026; run inside its tenant."""
    defaults: dict[str, Any] = {
        "title": "Fractional CTO",
        "purpose": "Scale the platform",
        "cto": company.cto,
        "sponsor": company.executive,
        "starts_on": START,
        "status": "active",
    }
    return services.engagement_create(actor=company.admin, **(defaults | fields))


def add_terms(engagement: Engagement, company: Company, **fields: Any) -> Terms:
    """40 hours for 8,000 a month from the engagement's start, nothing rolls over."""
    defaults: dict[str, Any] = {
        "effective_on": engagement.starts_on,
        "scope_level": "moderate",
        "hours_per_month": Decimal(40),
        "monthly_fee": Decimal(8000),
    }
    return services.terms_add(engagement=engagement, actor=company.admin, **(defaults | fields))


def log(
    engagement: Engagement, company: Company, day: dt.date, minutes: int = 60, **fields: Any
) -> TimeEntry:
    """The CTO's minutes on a day."""
    fields = {"category": "delivery"} | fields
    return services.time_log(
        engagement=engagement, actor=company.cto, date=day, minutes=minutes, **fields
    )


def unsaved_terms(effective_on: dt.date, hours: int, **fields: Any) -> Terms:
    """A version of terms that no database has seen."""
    return Terms(effective_on=effective_on, hours_per_month=Decimal(hours), **fields)
