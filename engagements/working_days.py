"""Working days of a company, as the life cycle counts them."""

import datetime as dt

from tenants.calendars import WorkingCalendar


def nth_working_day(calendar: WorkingCalendar, month: dt.date, n: int) -> dt.date:
    """The n-th working day of the month of `month`, counted on where the month has fewer."""
    first = month.replace(day=1)
    return calendar.add_working_days(first - dt.timedelta(days=1), n)
