"""When a mail may go out: quiet hours and the hour of the digest, on the reader's own clock.

A wall-clock time that a change to summer time skips or repeats is taken at its first meaning, so
each day has exactly one beginning and one end of its quiet hours, and one digest.
"""

import datetime as dt
import zoneinfo

DAY = dt.timedelta(days=1)


def quiet_ends_at(
    now: dt.datetime,
    *,
    zone: zoneinfo.ZoneInfo,
    quiet_from: dt.time | None,
    quiet_until: dt.time | None,
) -> dt.datetime | None:
    """The instant at which the quiet hours that `now` lies in end; None outside of them.

    They begin at `quiet_from` and end at `quiet_until`, the next day where that is the earlier
    time; the beginning is quiet, the end is not.
    """
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return None
    today = now.astimezone(zone).date()
    over_midnight = DAY if quiet_until < quiet_from else dt.timedelta(0)
    for day in (today - DAY, today, today + DAY):
        begins = at(day, quiet_from, zone)
        ends = at(day + over_midnight, quiet_until, zone)
        if begins <= now < ends:
            return ends
    return None


def next_digest(
    now: dt.datetime, *, zone: zoneinfo.ZoneInfo, hour: int, after: dt.date | None = None
) -> tuple[dt.date, dt.datetime]:
    """The next day whose digest is still to come, and its instant; later than `after` if given."""
    day = now.astimezone(zone).date() - DAY
    if after is not None:
        day = max(day, after + DAY)
    while (moment := at(day, dt.time(hour), zone)) <= now:
        day += DAY
    return day, moment


def at(day: dt.date, time: dt.time, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """That wall-clock time of that day, as an instant in UTC."""
    return dt.datetime.combine(day, time, tzinfo=zone).astimezone(dt.UTC)
