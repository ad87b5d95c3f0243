"""A month's statement: what was granted, used and charged, and what earlier months' corrections
come to.

A month that is not closed is made from what stands now. A closed one is what `Statement.content`
holds, for ever: what changes afterwards in a closed month (an entry logged, changed or deleted, an
overage approved) stands as an adjustment in the first statement that is closed after it.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engagements.models import Engagement, Statement, Terms, TimeEntry
from engagements.overage import Overage, approvals_by_month, overage_of
from engagements.retainer import Retainer, first_day, history, last_day, next_month
from tenants.errors import Invalid

FORMAT = 1
ENTRY_FIELDS = ("date", "category", "note", "minutes")
Content = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """A statement as it is read: its content, and whether and when it was closed."""

    month: dt.date
    content: Content
    closed_at: dt.datetime | None = None
    closed_by: str = ""

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


def statement_of(engagement: Engagement, month: dt.date) -> Shown:
    """The statement of the month of `month`: frozen where it was closed, else as of now.

    A fixed number of queries. Raises Invalid for months before the engagement or still to come.
    """
    month = first_day(month)
    first, now = first_day(engagement.starts_on), first_day(engagement.tenant.today)
    if not first <= month <= max(now, first):
        raise Invalid({"month": f"Choose a month from {first:%Y-%m} to {max(now, first):%Y-%m}."})
    closed = list(
        Statement.objects.filter(engagement=engagement)
        .select_related("closed_by__user")
        .order_by("month")
    )
    frozen = next((s for s in closed if s.month == month), None)
    if frozen is not None:
        by = frozen.closed_by.name if frozen.closed_by else "Bowline"
        return Shown(month, frozen.content, frozen.closed_at, by)
    return Shown(month, content_of(engagement, month, closed=closed))


def content_of(engagement: Engagement, month: dt.date, *, closed: Sequence[Statement]) -> Content:
    """What the statement of an open month says now; `closed` are those before it, oldest first."""
    today = engagement.tenant.today
    months = {r.month: r for r in history(engagement, upto=month, today=today)}
    approvals = approvals_by_month(engagement)
    overages = {m: overage_of(r.over_minutes, approvals.get(m, [])) for m, r in months.items()}
    if closed and next_month(closed[-1].month) != month:
        closed = []  # corrections stand in the next statement alone
    earliest = min([s.month for s in closed] + [month])
    entries = [
        _entry(entry)
        for entry in TimeEntry.objects.filter(engagement=engagement)
        .with_people()
        .between(earliest, last_day(month))
        .order_by("date", "id")
    ]
    own = [entry for entry in entries if entry["date"] >= month.isoformat()]
    adjustments = [
        item
        for statement in closed
        for item in _adjustments(
            statement, closed, entries, overages.get(statement.month), month=statement.month
        )
    ]
    terms = Terms.objects.filter(engagement=engagement).in_force_on(last_day(month)).first()
    stated = closed[-1].content.get("carried_minutes") if closed else None
    return _figures(months[month], overages[month], stated) | {
        "format": FORMAT,
        "title": engagement.title,
        "company": engagement.tenant.name,
        "cto": engagement.cto.name,
        "currency": engagement.tenant.currency,
        "po_number": terms.po_number if terms is not None else "",
        "by_category": _by_category(own),
        "by_initiative": _by_initiative(own),
        "entries": own,
        "adjustments": adjustments,
        "total_amount": _money(
            overages[month].amount + sum(Decimal(a["amount"]) for a in adjustments)
        ),
    }


def month_is_over(engagement: Engagement, month: dt.date) -> bool:
    """Whether the month's last day has passed at the client's."""
    return last_day(month) < engagement.tenant.today


def _figures(found: Retainer, overage: Overage, stated: int | None) -> Content:
    carried = max(0, found.left_minutes) - found.expiring_minutes
    return {
        "month": f"{found.month:%Y-%m}",
        "granted_minutes": found.granted_minutes,
        "rolled_over_minutes": found.rolled_over_minutes,
        "rolled_over_correction_minutes": (
            found.rolled_over_minutes - stated if stated is not None else 0
        ),
        "used_minutes": found.used_minutes,
        "left_minutes": found.left_minutes,
        "expiring_minutes": found.expiring_minutes,
        "carried_minutes": carried,
        "over_minutes": found.over_minutes,
        "approved_over_minutes": overage.approved_minutes,
        "unapproved_over_minutes": overage.unapproved_minutes,
        "overage_amount": _money(overage.amount),
        "overage": [
            {
                "minutes": line.minutes,
                "rate": _money(line.approval.rate),
                "amount": _money(line.amount),
                "is_capped": line.is_capped,
            }
            for line in overage.lines
        ],
    }


def _adjustments(
    statement: Statement,
    closed: Sequence[Statement],
    entries: Sequence[Content],
    overage: Overage | None,
    *,
    month: dt.date,
) -> Iterable[Content]:
    """What differs now from what this and later statements said of the month."""
    known, amount = _known(statement, closed)
    live = {e["id"]: e for e in entries if e["date"][:7] == f"{month:%Y-%m}"}
    for pk in sorted(known.keys() | live.keys()):
        before, after = known.get(pk), live.get(pk)
        if before is None or after is None or _facts(before) != _facts(after):
            yield _adjustment(month, before, after)
    now = overage.amount if overage is not None else Decimal(0)
    if now != amount:
        yield _adjustment(month, None, None) | {
            "kind": "overage",
            "amount": _money(now - amount),
            "before_amount": _money(amount),
            "after_amount": _money(now),
        }


def _known(statement: Statement, closed: Sequence[Statement]) -> tuple[dict[str, Content], Decimal]:
    """The month's entries and overage as the last statement that spoke of it left them."""
    entries = {e["id"]: e for e in statement.content.get("entries", [])}
    amount = Decimal(statement.content.get("overage_amount", "0"))
    label = f"{statement.month:%Y-%m}"
    for later in closed:
        if later.month <= statement.month:
            continue
        for item in later.content.get("adjustments", []):
            if item["month"] != label:
                continue
            amount += Decimal(item["amount"])
            if item["kind"] == "overage":
                continue
            if item["after"] is None:
                entries.pop(item["before"]["id"], None)
            else:
                entries[item["after"]["id"]] = item["after"]
    return entries, amount


def _adjustment(month: dt.date, before: Content | None, after: Content | None) -> Content:
    kind = "added" if before is None else "removed" if after is None else "changed"
    change = (after["minutes"] if after else 0) - (before["minutes"] if before else 0)
    return {
        "month": f"{month:%Y-%m}",
        "kind": kind,
        "before": before,
        "after": after,
        "change_minutes": change,
        "amount": "0.00",
    }


def _entry(entry: TimeEntry) -> Content:
    return {
        "id": str(entry.pk),
        "date": entry.date.isoformat(),
        "person": entry.member.name,
        "category": entry.category,
        "initiative": entry.initiative_name or None,
        "initiative_id": str(entry.linked_initiative_id) if entry.linked_initiative_id else None,
        "note": entry.note,
        "minutes": entry.minutes,
    }


def _facts(entry: Content) -> tuple[Any, ...]:
    """What counts as a difference; a new name of the person or the initiative does not."""
    served = entry.get("initiative_id") or entry.get("initiative")
    return (*(entry.get(field) for field in ENTRY_FIELDS), served)


def _by_category(entries: Sequence[Content]) -> list[Content]:
    totals: Counter[str] = Counter()
    for entry in entries:
        totals[entry["category"]] += entry["minutes"]
    return [
        {"category": category, "minutes": totals[category]}
        for category in TimeEntry.Category.values
        if totals[category]
    ]


def _by_initiative(entries: Sequence[Content]) -> list[Content]:
    totals: Counter[str | None] = Counter()
    for entry in entries:
        totals[entry["initiative"]] += entry["minutes"]
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0] or ""))
    return [{"initiative": name, "minutes": minutes} for name, minutes in ranked]


def _money(value: Decimal) -> str:
    return str(value.quantize(Decimal("0.01")))
