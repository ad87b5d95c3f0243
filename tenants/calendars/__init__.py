"""When a company works: its working days, hours and holidays, as rules count them.

`calendar_of(tenant)` reads it in one query; what it answers, such as `due_after`, asks none.
"""

from tenants.calendars.loading import calendar_of
from tenants.calendars.working import WorkingCalendar

__all__ = ["WorkingCalendar", "calendar_of"]
