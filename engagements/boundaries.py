"""What the charter in force says, as data that other chapters read: `boundaries_of(engagement)`.

Where no charter is in force Bowline's own defaults answer, and say that they are defaults.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from engagements.models import (
    Charter,
    Counting,
    DecisionKind,
    DecisionRule,
    Engagement,
    EscalationStep,
    MoneyLimit,
    Urgency,
)
from tenants.calendars.working import WorkingCalendar
from tenants.models import Member
from tenants.permissions import ROLE_NAMES, Role

HOURS_A_DAY = 8  # of a working day
LONGEST_RESPONSE = {
    Counting.WORKING_HOURS: 400,
    Counting.WORKING_DAYS: 60,
    Counting.CLOCK_HOURS: 24 * 60,
}


@dataclass(frozen=True)
class ResponseTime:
    """How soon an answer comes: an amount, and how it is counted."""

    amount: int
    counted: Counting

    @property
    def hours(self) -> int:
        """In hours: a working day has eight; hours of the clock run day and night."""
        return self.amount * HOURS_A_DAY if self.counted == Counting.WORKING_DAYS else self.amount

    @property
    def is_working_time(self) -> bool:
        """Whether nights, weekends and holidays do not count."""
        return self.counted != Counting.CLOCK_HOURS

    @property
    def words(self) -> str:
        """`4 working hours`, `1 working day`."""
        one = self.amount == 1
        if self.counted == Counting.CLOCK_HOURS:
            return f"{self.amount} {'hour' if one else 'hours'}, day and night"
        words = self.counted.label
        return f"{self.amount} {words.removesuffix('s') if one else words}"


@dataclass(frozen=True)
class Step:
    """One rung of the escalation path: a role, or one person."""

    role: Role | None
    member_id: UUID | None
    name: str


@dataclass(frozen=True)
class Decider:
    """Who decides one kind of thing, and up to where; above the limit the approval tiers decide."""

    kind: str
    rule: DecisionRule
    limit: MoneyLimit

    @property
    def is_cto_alone(self) -> bool:
        """Whether the CTO may hold the D, within the limit."""
        return self.rule == DecisionRule.CTO

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles of which one holds the D."""
        return _DECIDERS[self.rule]

    @property
    def words(self) -> str:
        """`The CTO decides, within the CTO’s approval tier`."""
        if self.limit == MoneyLimit.NONE:
            return str(self.rule.label)
        return f"{self.rule.label}, {self.limit.label}"


_DECIDERS: Mapping[DecisionRule, tuple[Role, ...]] = MappingProxyType(
    {
        DecisionRule.CTO: (Role.CTO,),
        DecisionRule.CTO_RECOMMENDS: (Role.EXECUTIVE,),
        DecisionRule.EXECUTIVE: (Role.EXECUTIVE,),
        DecisionRule.BOARD: (Role.BOARD,),
    }
)


@dataclass(frozen=True)
class Boundaries:
    """The live clauses of an engagement on a day.

    `is_default` says that no charter is in force: then these are Bowline's defaults. `charter_id`
    and `version` name the charter otherwise.
    """

    charter_id: UUID | None
    version: int | None
    response_times: Mapping[str, ResponseTime]
    escalation_path: tuple[Step, ...]
    decisions: Mapping[str, Decider]
    deputy_from_days: int | None
    normal_channel: str
    urgent_channel: str
    normal_channel_id: UUID | None = None
    urgent_channel_id: UUID | None = None

    @property
    def is_default(self) -> bool:
        return self.charter_id is None

    @property
    def source(self) -> str:
        """Where it stands, for pages: `Charter, version 2`."""
        return "Bowline’s defaults" if self.is_default else f"Charter, version {self.version}"

    def response_time(self, urgency: str) -> ResponseTime:
        """How soon an answer comes; KeyError for an urgency that does not exist."""
        return self.response_times[urgency]

    def response_hours(self, urgency: str) -> int:
        """The same in hours: working hours, eight a day, unless `response_time` says otherwise."""
        return self.response_time(urgency).hours

    def due_at(self, urgency: str, start: dt.datetime, calendar: WorkingCalendar) -> dt.datetime:
        """Until when an answer is due that was asked for at `start`; an instant in UTC.

        Working hours are those of the company's `calendar`, a working day is 24 hours of working
        days (from Friday 14:12 one of them ends on Monday 14:12), clock hours always count.
        """
        time = self.response_time(urgency)
        if time.counted == Counting.WORKING_HOURS:
            return calendar.due_after_working_hours(start, time.amount)
        if time.counted == Counting.WORKING_DAYS:
            return calendar.due_after(start, time.amount * 24)
        return start.astimezone(dt.UTC) + dt.timedelta(hours=time.amount)

    def decider_of(self, kind: str) -> Decider:
        """Who decides things of this kind; what the charter does not name is an executive's."""
        return self.decisions.get(kind, Decider(kind, DecisionRule.CTO_RECOMMENDS, MoneyLimit.NONE))

    def needs_deputy(self, days: int) -> bool:
        """Whether an absence of so many calendar days asks for somebody who covers."""
        return self.deputy_from_days is not None and days >= self.deputy_from_days


DEFAULT_RESPONSE_TIMES: Mapping[str, ResponseTime] = MappingProxyType(
    {
        Urgency.URGENT.value: ResponseTime(4, Counting.WORKING_HOURS),
        Urgency.NORMAL.value: ResponseTime(1, Counting.WORKING_DAYS),
        Urgency.LOW.value: ResponseTime(3, Counting.WORKING_DAYS),
    }
)
DEFAULT_PATH = (Role.CTO, Role.EXECUTIVE, Role.BOARD)
DEFAULT_DEPUTY_FROM_DAYS = 5
DEFAULT_DECISIONS: Mapping[str, Decider] = MappingProxyType(
    {
        kind.value: Decider(kind.value, rule, limit)
        for kind, rule, limit in (
            (DecisionKind.ARCHITECTURE, DecisionRule.CTO, MoneyLimit.CTO_TIER),
            (DecisionKind.VENDOR, DecisionRule.CTO, MoneyLimit.CTO_TIER),
            (DecisionKind.HIRING, DecisionRule.CTO_RECOMMENDS, MoneyLimit.NONE),
            (DecisionKind.SECURITY, DecisionRule.CTO, MoneyLimit.CTO_TIER),
            (DecisionKind.FEATURE, DecisionRule.CTO_RECOMMENDS, MoneyLimit.NONE),
            (DecisionKind.RESOURCES, DecisionRule.CTO_RECOMMENDS, MoneyLimit.NONE),
            (DecisionKind.BUDGET, DecisionRule.EXECUTIVE, MoneyLimit.NONE),
        )
    }
)
DEFAULTS = Boundaries(
    charter_id=None,
    version=None,
    response_times=DEFAULT_RESPONSE_TIMES,
    escalation_path=tuple(Step(role, None, ROLE_NAMES[role]) for role in DEFAULT_PATH),
    decisions=DEFAULT_DECISIONS,
    deputy_from_days=DEFAULT_DEPUTY_FROM_DAYS,
    normal_channel="",
    urgent_channel="",
)


def boundaries_of(engagement: Engagement, on: dt.date | None = None) -> Boundaries:
    """The boundaries in force on a day of the client's calendar, today without one.

    Two queries, one where no charter is in force. What is answered never changes afterwards.
    """
    day = on or engagement.tenant.today
    charter: Charter | None = (
        Charter.objects.filter(engagement=engagement).in_force_on(day).with_channels().first()
    )
    return boundaries_in(charter) if charter is not None else DEFAULTS


def boundaries_in(charter: Charter, steps: list[EscalationStep] | None = None) -> Boundaries:
    """What one version says, in force or not; one query unless its `steps` are given."""
    found = steps_of(charter) if steps is None else steps
    return Boundaries(
        charter_id=charter.pk,
        version=charter.number,
        response_times=MappingProxyType(response_times_in(charter.response_times)),
        escalation_path=tuple(
            Step(Role(step.role) if step.role else None, step.member_id, str(step))
            for step in found
        ),
        decisions=MappingProxyType(decisions_in(charter.decisions)),
        deputy_from_days=charter.deputy_from_days,
        normal_channel=str(charter.normal_channel or ""),
        urgent_channel=str(charter.urgent_channel or ""),
        normal_channel_id=charter.normal_channel_id,
        urgent_channel_id=charter.urgent_channel_id,
    )


def steps_of(charter: Charter) -> list[EscalationStep]:
    """The escalation path of a version with its people; one query."""
    return list(EscalationStep.objects.select_related("member__user").filter(charter=charter))


def response_times_in(stored: Mapping[str, Any]) -> dict[str, ResponseTime]:
    """Stored response times as values; an urgency that was left out has the default."""
    found = {
        urgency: ResponseTime(said["amount"], Counting(said["counted"]))
        for urgency, said in stored.items()
    }
    return {**DEFAULT_RESPONSE_TIMES, **found}


def decisions_in(stored: Mapping[str, Any]) -> dict[str, Decider]:
    """Stored deciders as values, in the order of the kinds."""
    return {
        kind: Decider(kind, DecisionRule(stored[kind]["rule"]), MoneyLimit(stored[kind]["limit"]))
        for kind in DecisionKind.values
        if kind in stored
    }


def people_on(path: tuple[Step, ...], members: list[Member]) -> list[tuple[Step, list[Member]]]:
    """Each step of an escalation path with the active members it means, out of `members`."""
    active = [member for member in members if member.status == Member.Status.ACTIVE]
    return [
        (
            step,
            [m for m in active if m.pk == step.member_id or (step.role and m.has_role(step.role))],
        )
        for step in path
    ]
