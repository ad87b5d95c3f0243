"""Until when an answer is due, in the company's working calendar."""

import datetime as dt

from tenants.calendars import calendar_of
from tenants.models import Tenant


def due_after(start: dt.datetime, hours: int, company: Tenant) -> dt.datetime:
    """`hours` of working days after `start`: 24 hours from a Friday are the Monday after."""
    return calendar_of(company).due_after(start, hours)


def business_days_after(start: dt.datetime, days: int, company: Tenant) -> dt.datetime:
    """The same time of day `days` working days later."""
    return due_after(start, days * 24, company)
