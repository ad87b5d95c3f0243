"""Days, weeks, months, fiscal quarters and years of a company, as pure dates.

The database has the same rule as `bowline.period_start`; a test holds the two together.
"""

import datetime as dt
import zoneinfo
from dataclasses import dataclass

from kpis.models import Kpi, Period
from tenants.models import Tenant
from tenants.weeks import first_day_of_week

_MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a company divides time."""

    time_zone: str
    week_start: str
    fiscal_month: int

    @classmethod
    def of_tenant(cls, tenant: Tenant) -> "Calendar":
        """The company's settings as they are now."""
        return cls(tenant.time_zone, tenant.week_start, tenant.fiscal_year_start_month)

    @classmethod
    def of_kpi(cls, kpi: Kpi) -> "Calendar":
        """What the figure's stored rollups were computed with."""
        return cls(kpi.built_time_zone, kpi.built_week_start, kpi.built_fiscal_month)

    def today(self, now: dt.datetime) -> dt.date:
        """The date at the client's at the instant `now`."""
        return now.astimezone(zoneinfo.ZoneInfo(self.time_zone)).date()

    def start(self, period: str, day: dt.date) -> dt.date:
        """The first day of the period that holds `day`."""
        if period == Period.DAY:
            return day
        if period == Period.WEEK:
            return first_day_of_week(day, self.week_start)
        back = (day.month - self.fiscal_month) % _MONTHS[Period(period)]
        if period == Period.MONTH:
            back = 0
        return _first_of_month(day, -back)

    def next_start(self, period: str, start: dt.date) -> dt.date:
        """The first day of the period after the one that starts on `start`."""
        if period in (Period.DAY, Period.WEEK):
            return start + dt.timedelta(1 if period == Period.DAY else 7)
        return _first_of_month(start, _MONTHS[Period(period)])

    def end(self, period: str, start: dt.date) -> dt.date:
        """The last day of the period that starts on `start`."""
        return self.next_start(period, start) - dt.timedelta(1)


def _first_of_month(day: dt.date, months: int) -> dt.date:
    """The first day of the month that lies so many months from that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, 1)
