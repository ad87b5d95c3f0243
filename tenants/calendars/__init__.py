"""When a company works: its working days, hours and holidays, as rules count them.

    calendar = calendar_of(tenant)          # one query
    calendar.due_after(sent_at, hours=72)   # pure from here on
"""

from tenants.calendars.loading import calendar_of
from tenants.calendars.working import WorkingCalendar

__all__ = ["WorkingCalendar", "calendar_of"]
