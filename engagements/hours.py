"""The hours of this month as client and CTO see them together."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from engagements.figures import retainer_now
from engagements.models import Engagement, OverageApproval, RetainerAlert, TimeEntry
from engagements.overage import Overage, overage_of
from engagements.retainer import Retainer, first_day, last_day


@dataclass(frozen=True)
class Share:
    """Minutes under one name, and their part of the whole in percent."""

    name: str
    minutes: int
    percent: float


@dataclass(frozen=True)
class LiveHours:
    """Everything of a month: figures, shares, entries, approvals and alerts."""

    engagement: Engagement
    month: dt.date
    retainer: Retainer
    overage: Overage
    by_category: list[Share]
    by_initiative: list[Share]
    entries: list[TimeEntry]
    approvals: list[OverageApproval]
    alerts: list[RetainerAlert]

    @property
    def waiting(self) -> list[OverageApproval]:
        """What was asked for and waits for the client, of any month."""
        return [a for a in self.approvals if a.status == OverageApproval.Status.REQUESTED]

    @property
    def of_month(self) -> list[OverageApproval]:
        """What was decided about this month."""
        return [a for a in self.approvals if a.month == self.month and a not in self.waiting]


def live_hours(engagement: Engagement, *, today: dt.date) -> LiveHours:
    """The month that it is at the client's; four queries."""
    month = first_day(today)
    entries = list(
        TimeEntry.objects.filter(engagement=engagement)
        .with_people()
        .between(month, last_day(month))
    )
    approvals = list(OverageApproval.objects.with_people().filter(engagement=engagement))
    approved = sorted(
        (a for a in approvals if a.month == month and a.good_for_minutes),
        key=lambda a: (a.decided_at, a.pk),
    )
    found = retainer_now(engagement, today=today)
    return LiveHours(
        engagement=engagement,
        month=month,
        retainer=found,
        overage=overage_of(found.over_minutes, approved),
        by_category=shares(
            [(str(entry.get_category_display()), entry.minutes) for entry in entries]
        ),
        by_initiative=shares([(entry.initiative_name, entry.minutes) for entry in entries]),
        entries=entries,
        approvals=approvals,
        alerts=list(RetainerAlert.objects.filter(engagement=engagement, month=month)),
    )


def shares(pairs: list[tuple[str, int]]) -> list[Share]:
    """Minutes added up by name, the largest first."""
    totals: Counter[str] = Counter()
    for name, minutes in pairs:
        totals[name] += minutes
    whole = sum(totals.values()) or 1
    ranked = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    return [Share(name, minutes, round(100 * minutes / whole, 1)) for name, minutes in ranked]
