"""Numbers, money, dates and times as the pages write them.

All functions take None and then return an en dash, so that a missing value is never a zero.
Numbers round half up. Times are shown in the reader's zone, which the middleware activates.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from zlib import crc32

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

NBSP = "\u00a0"
MINUS = "\u2212"
MISSING = "\u2013"

Number = int | float | Decimal

SYMBOLS = {
    "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "ILS": "₪",
    "CAD": "CA$", "AUD": "A$", "NZD": "NZ$", "SGD": "S$", "HKD": "HK$", "BRL": "R$", "MXN": "MX$",
}  # fmt: skip
WHOLE_CURRENCIES = frozenset({"JPY", "KRW", "CLP", "ISK", "VND", "XAF", "XOF", "XPF"})
SIGNS = {"lower": "≤", "higher": "≥", "target": "="}
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS_LONG = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def _decimal(value: Number) -> Decimal | None:
    """Return the value as a Decimal without binary noise, None when it is no finite number."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact if exact.is_finite() else None


def _round(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def _grouped(value: Decimal, digits: int | None) -> str:
    """Return the absolute value with thousands separators; `digits` None keeps what it has."""
    if digits is None:
        text = f"{abs(value):,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{abs(_round(value, digits)):,.{digits}f}"


def _is_negative(value: Decimal, digits: int | None) -> bool:
    """Tell whether the value still is below zero once rounded: there is no minus zero."""
    return (value if digits is None else _round(value, digits)) < 0


def number(value: Number | None, digits: int | None = None, unit: str = "") -> str:
    """`12,500`, `−0.02`, `412 ms` with a no-break space; `%` stands without one."""
    exact = None if value is None else _decimal(value)
    if exact is None:
        return MISSING
    sign = MINUS if _is_negative(exact, digits) else ""
    return sign + _grouped(exact, digits) + _with_space(unit)


def _with_space(unit: str) -> str:
    if not unit:
        return ""
    return unit if unit == "%" else NBSP + unit


def percent(value: Number | None, digits: int | None = None) -> str:
    """`99.94%`; the value is in percent already, 99.94 and not 0.9994."""
    return number(value, digits, "%")


def change(value: Number | None, digits: int | None = None, unit: str = "") -> str:
    """A difference with its sign: `+11`, `−0.02`; nothing changed is `0`, without one."""
    exact = None if value is None else _decimal(value)
    if exact is None:
        return MISSING
    positive = (exact if digits is None else _round(exact, digits)) > 0
    return ("+" if positive else "") + number(exact, digits, unit)


def target(value: Number | None, direction: str, digits: int | None = None, unit: str = "") -> str:
    """A target with its sign: `≤ 5.0 days`; `direction` is higher, lower or target is best."""
    if value is None:
        return MISSING
    return SIGNS[direction] + NBSP + number(value, digits, unit)


def _symbol(currency: str) -> str:
    return SYMBOLS.get(currency, currency + NBSP)


def money(value: Number | None, currency: str = "USD", cents: bool = False) -> str:
    """`$38,500`, `−$26`; cents only where they decide, in tier limits and invoices."""
    exact = None if value is None else _decimal(value)
    if exact is None:
        return MISSING
    digits = 2 if cents and currency not in WHOLE_CURRENCIES else 0
    sign = MINUS if _is_negative(exact, digits) else ""
    return sign + _symbol(currency) + _grouped(exact, digits)


def money_short(value: Number | None, currency: str = "USD") -> str:
    """Money for figures and summaries: `$182k`, `$1.1m`, `−$26k`.

    Whole units below 1,000; one decimal below ten of a larger unit, and for all millions and
    billions below a hundred, when it is not zero.
    """
    exact = None if value is None else _decimal(value)
    if exact is None:
        return MISSING
    size, suffix = Decimal(1), ""
    for step, letters in ((10**3, "k"), (10**6, "m"), (10**9, "bn")):
        if _round(abs(exact) / size, 0) >= 1000:
            size, suffix = Decimal(step), letters
    scaled = abs(exact) / size
    fine_below = {"": 0, "k": 10, "m": 100, "bn": 100}[suffix]
    digits = 1 if scaled < fine_below else 0
    text = _grouped(scaled, digits)
    sign = MINUS if _is_negative(exact / size, digits) else ""
    return sign + _symbol(currency) + text.removesuffix(".0") + suffix


def hours(minutes: Number | None, digits: int | None = None) -> str:
    """Minutes as hours with a no-break space: `12.5 h`; up to two decimals where they say more."""
    exact = None if minutes is None else _decimal(minutes)
    if exact is None:
        return MISSING
    value = exact / 60
    return number(_round(value, 2) if digits is None else value, digits, "h")


def duration(minutes: int) -> str:
    """An exact span in its two largest parts: `1 day 5 h`, `3 h 10 min`, `45 min`."""
    days, rest = divmod(max(minutes, 0), 24 * 60)
    whole_hours, left = divmod(rest, 60)
    parts = []
    if days:
        parts.append(ngettext("%(n)d day", "%(n)d days", days) % {"n": days})
    if whole_hours:
        parts.append(f"{whole_hours}{NBSP}h")
    if not days and (left or not parts):
        parts.append(f"{left}{NBSP}min")
    return " ".join(parts)


def _today(today: date | None) -> date:
    return today or timezone.localdate()


def day(value: date | None, today: date | None = None, weekday: bool = True) -> str:
    """`Fri 16 Oct`, with the year when it is not this one; an instant in the reader's zone."""
    if value is None:
        return MISSING
    value = _as_date(value)
    text = f"{value.day} {MONTHS[value.month - 1]}"
    if value.year != _today(today).year:
        text += f" {value.year}"
    return f"{WEEKDAYS[value.weekday()]} {text}" if weekday else text


def day_short(value: date | None, today: date | None = None) -> str:
    """A date in a narrow column: `13 Nov`, `31 Mar 2027`."""
    return day(value, today, weekday=False)


def day_full(value: date | None) -> str:
    """A date with its year in all cases, as inputs show it: `16 Oct 2026`."""
    if value is None:
        return MISSING
    value = _as_date(value)
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def month(value: date | None, today: date | None = None) -> str:
    """`October`, with the year when it is not this one."""
    if value is None:
        return MISSING
    name = MONTHS_LONG[value.month - 1]
    return name if value.year == _today(today).year else f"{name} {value.year}"


def month_full(value: date) -> str:
    """`October 2026`, for what is kept and printed."""
    return f"{MONTHS_LONG[value.month - 1]} {value.year}"


def iso_day(text: str) -> date:
    """The day that is written as 2026-10-16, to be shown by another of these."""
    return date.fromisoformat(text)


def day_range(start: date, end: date, today: date | None = None) -> str:
    """Both ends included: `12 to 18 Oct`, `28 Sep to 4 Oct`, `28 Dec 2026 to 3 Jan 2027`."""
    start, end = _as_date(start), _as_date(end)
    if start == end:
        return day_short(start, today)
    if (start.year, start.month) == (end.year, end.month):
        return f"{start.day} to {day_short(end, today)}"
    first = f"{start.day} {MONTHS[start.month - 1]}"
    if start.year != end.year:
        return f"{first} {start.year} to {day_full(end)}"
    return f"{first} to {day_short(end, today)}"


def _as_date(value: date) -> date:
    return _local(value, None).date() if isinstance(value, datetime) else value


def _local(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.astimezone(zone or timezone.get_current_timezone())


def zone_name(moment: datetime, zone: tzinfo | None = None) -> str:
    """`EDT`; zones that have no letters are named by their distance: `UTC+8`, `UTC+5:30`."""
    name = _local(moment, zone).strftime("%Z")
    if name and name[0] not in "+-":
        return name
    offset = _local(moment, zone).utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign = MINUS if minutes < 0 else "+"
    whole, left = divmod(abs(minutes), 60)
    return f"UTC{sign}{whole}" + (f":{left:02d}" if left else "")


def clock(moment: datetime | None, zone: tzinfo | None = None, named: bool = True) -> str:
    """24 hours with the zone: `14:12 EDT`; without it where the line names it already."""
    if moment is None:
        return MISSING
    text = f"{_local(moment, zone):%H:%M}"
    return f"{text} {zone_name(moment, zone)}" if named else text


def stamp(moment: datetime | None, zone: tzinfo | None = None, named: bool = True) -> str:
    """A day and its time: `Fri 16 Oct, 14:12 EDT`."""
    if moment is None:
        return MISSING
    local = _local(moment, zone)
    return f"{day(local.date(), timezone.localdate(timezone=zone))}, {clock(moment, zone, named)}"


def near(moment: datetime | None, now: datetime | None = None, zone: tzinfo | None = None) -> str:
    """Words only when exact: `Tomorrow, 10:00`, `Today, 16:00`; else the day and its time."""
    if moment is None:
        return MISSING
    local, today = _local(moment, zone).date(), _local(now or timezone.now(), zone).date()
    word = _near_word((local - today).days) or day(local, today)
    return f"{word}, {clock(moment, zone, named=False)}"


def near_day(value: date | None, today: date | None = None) -> str:
    """`Today`, `Tomorrow`, `Yesterday`, else the day."""
    if value is None:
        return MISSING
    value = _as_date(value)
    return _near_word((value - _today(today)).days) or day(value, today)


def _near_word(days: int) -> str:
    words = {-1: gettext("Yesterday"), 0: gettext("Today"), 1: gettext("Tomorrow")}
    return words.get(days, "")


def late(due: date, today: date | None = None) -> str:
    """`2 days late`, or nothing while it is not."""
    days = (_today(today) - _as_date(due)).days
    if days <= 0:
        return ""
    return ngettext("%(n)d day late", "%(n)d days late", days) % {"n": days}


def time_left(until: datetime, now: datetime | None = None) -> str:
    """`1 day 5 h left`, or `20 h late` once it has passed."""
    minutes = (until - (now or timezone.now())) // timedelta(minutes=1)
    if minutes < 0:
        return gettext("%(span)s late") % {"span": duration(-minutes)}
    return gettext("%(span)s left") % {"span": duration(minutes)}


def week(value: date) -> str:
    """The ISO week: `week 42`."""
    return gettext("week %(number)d") % {"number": _as_date(value).isocalendar().week}


def initials(name: str) -> str:
    """Two letters for a person or company: first and last word; `?` for a blank name."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    if len(words) == 1:
        return words[0][:2].upper()
    return (words[0][0] + words[-1][0]).upper()


def tone(name: str) -> int:
    """A number from 0 to 4 that stays with a name, for the colour of its monogram."""
    return crc32(name.encode()) % 5


def filesize(size: int) -> str:
    """`184 kB`, `1.2 MB`, in powers of ten."""
    for limit, unit, digits in ((10**6, "kB", 0), (10**9, "MB", 1)):
        if size < limit:
            return number(max(Decimal(size) / (limit // 1000), Decimal(size > 0)), digits, unit)
    return number(Decimal(size) / 10**9, 1, "GB")


INSTANTS: dict[str, Callable[[datetime, tzinfo | None], str]] = {
    "stamp": stamp,
    "clock": clock,
    "near": lambda moment, zone: near(moment, None, zone),
}
DAYS: dict[str, Callable[[date], str]] = {
    "day": day,
    "day_short": day_short,
    "day_full": day_full,
    "near_day": near_day,
}


def when(moment: date | None, style: str = "", zone: tzinfo | None = None) -> str:
    """A `<time>` element; that of an instant carries the offset.

    `style` is stamp (the default), clock or near for an instant; day (the default for a date),
    day_short, day_full or near_day for either. Raises KeyError for any other.
    """
    if moment is None:
        return MISSING
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment, DAYS[style or "day"](moment))
    local = _local(moment, zone)
    style = style or "stamp"
    text = INSTANTS[style](moment, zone) if style in INSTANTS else DAYS[style](local.date())
    iso = local.isoformat(timespec="minutes")
    return format_html('<time datetime="{}">{}</time>', iso, text)


FILTERS = {
    function.__name__: function
    for function in (
        number, percent, change, target, money, money_short, hours, duration, day, day_short,
        day_full, month, month_full, iso_day, zone_name, clock, stamp, near, near_day, late,
        time_left, week, initials, tone, filesize, when,
    )
}  # fmt: skip
