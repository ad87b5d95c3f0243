"""What a question about scope or cost names in its address: days, and terms to propose."""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal

from django.utils.dateparse import parse_date

from engagements.models import FIRST_YEAR, LAST_YEAR, Engagement, Terms
from tenants.errors import Invalid

_NUMBER = re.compile(r"\d{1,10}(\.\d{1,2})?", re.ASCII)


def asked_day(text: str | None, field: str) -> dt.date | None:
    """A day as 2026-10-01; None for nothing; raises Invalid for anything else."""
    if not text:
        return None
    try:
        found = parse_date(text)
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Invalid({field: f"Use a date such as 2026-10-01, from {FIRST_YEAR} to {LAST_YEAR}."})
    return found


def asked_period(
    query: Mapping[str, str], engagement: Engagement, today: dt.date
) -> tuple[dt.date, dt.date]:
    """`from` and `to`, both included: from the engagement's start to today where left out.

    Raises Invalid for no date, and for a period that ends before it begins.
    """
    first = asked_day(query.get("from"), "from") or min(engagement.starts_on, today)
    last = asked_day(query.get("to"), "to") or max(today, first)
    if last < first:
        raise Invalid({"to": "The period ends before it begins. Choose a later day."})
    return first, last


def asked_terms(query: Mapping[str, str]) -> dict[str, str | Decimal]:
    """Scope level, hours and fee that an address proposes to a form; what is no such value is
    left out, and the form itself checks the rest."""
    level = query.get("scope_level", "")
    found: dict[str, str | Decimal] = {}
    if level in Terms.ScopeLevel.values:
        found["scope_level"] = level
    for name in ("hours_per_month", "monthly_fee"):
        if _NUMBER.fullmatch(query.get(name, "")):
            found[name] = Decimal(query[name])
    return found
