"""How Marcus and his clients work together: charters, absences, plans, people and tools."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from demo import people
from engagements import services
from engagements.models import (
    Charter,
    CommunicationTool,
    Engagement,
    IntegrationActivity,
    OffPeriod,
    Stakeholder,
)
from tenants.models import Member
from tenants.notifications.services import silence

Answers = tuple[tuple[str, str], ...]  # title of an activity and what came of it


@dataclass(frozen=True)
class Person:
    """Somebody on the people map."""

    name: str
    department: str
    role: str
    influence: int
    support: int
    notes: str = ""
    email: str = ""


@dataclass(frozen=True)
class Tool:
    """What the company uses for something."""

    type: str
    platform: str
    link: str
    purpose: str
    reply: int
    cost: str


@dataclass(frozen=True)
class Working:
    """One company's side of the story."""

    sponsor: str
    deputy: str
    acknowledged: tuple[str, ...]
    second: dict[str, Any]
    people: tuple[Person, ...]
    outcomes: Answers
    tools: tuple[Tool, ...]
    cover_note: str
    away_now: tuple[str, str, str] | None = None  # who, who covers, a note


NORTHWIND = Working(
    sponsor="elena@northwind.example",
    deputy="aisha@northwind.example",
    acknowledged=(
        "elena@northwind.example",
        "tom@northwind.example",
        "priya@northwind.example",
        "aisha@northwind.example",
        people.MARCUS_EMAIL,
    ),
    second={
        "summary": "Urgent matters are answered within two hours, day and night, after the "
        "September outage. Operations may call Marcus directly.",
        "clauses": {
            "response_times": "An answer says what happens next, it need not be the solution. "
            "Urgent is what stops robots at customer sites, loses telemetry or puts people at "
            "risk. Operations call Marcus directly and write in the incident channel afterwards.",
            "coverage": "Planned absences are announced two weeks ahead. Aisha Karim covers "
            "unless somebody else is named. Whoever covers has the on-call phone, knows what is "
            "open, and decides what cannot wait; everything else waits for Marcus.",
        },
        "response_times": {"urgent": {"amount": 2, "counted": "clock_hours"}},
        "decisions": {"vendor": {"rule": "cto_decides", "limit": "finance_tier"}},
    },
    people=(
        Person("Elena Vasquez", "Executive", "CEO", 5, 5, "Wants one page, not ten.",
               "elena@northwind.example"),
        Person("Tom Becker", "Operations", "Head of operations", 4, 2,
               "Burnt by the last rewrite. Show him the rollback before the plan.",
               "tom@northwind.example"),
        Person("Priya Raman", "Finance", "CFO", 4, 4, "Decides fast when exit costs are named.",
               "priya@northwind.example"),
        Person("Sofia Marin", "Product", "Head of product", 4, 4, "", "sofia@northwind.example"),
        Person("Aisha Karim", "Engineering", "Platform lead", 3, 5,
               "Ready to lead the platform team. Give her the D on the cache.",
               "aisha@northwind.example"),
        Person("Jonas Lind", "Robotics", "Head of robotics", 3, 3,
               "Likes his own cluster; open to numbers.", "jonas@northwind.example"),
        Person("Hank Morrow", "Field service", "Regional lead, Erie", 2, 2,
               "Carries the pager at night. Ask him before each maintenance window."),
    ),
    outcomes=(
        ("One-on-one with the head of engineering",
         "The platform team is five people with one on-call phone. Nobody owns the broker."),
        ("One-on-one with the head of product",
         "Roadmap promises were made without engineering. Sofia wants a joint planning day."),
        ("One-on-one with the head of operations",
         "Night incidents reach engineers late. Tom keeps his own list of outages."),
        ("One-on-one with the head of finance",
         "Hosting bills surprise her each quarter. She wants a forecast by service."),
        ("Write down team structures and challenges",
         "Two pages: who owns what, four gaps, and the three that cost most."),
        ("Workshop: how we build and release",
         "Agreed: merge daily, release on any weekday before 15:00, one checklist."),
        ("Feedback session with the team leads",
         "Decisions are clearer. Meetings are still too many; two were ended."),
    ),
    tools=(
        Tool("team_chat", "Slack", "https://northwind.slack.example/", "Questions, news, incidents",
             2, "870.00"),
        Tool("project_management", "ClickUp", "https://app.clickup.example/", "Roadmap and tasks",
             8, "420.00"),
        Tool("video", "Zoom", "https://northwind.zoom.example/", "Check-ins and interviews", 0,
             "310.00"),
        Tool("document_collaboration", "Google Workspace", "https://drive.northwind.example/",
             "Decisions, runbooks, minutes", 16, "1440.00"),
    ),
    cover_note="Aisha has the on-call phone. Marcus reads messages once a day, in the evening.",
)  # fmt: skip
FJORDLYS = Working(
    sponsor="ingrid@fjordlys.example",
    deputy="mette@fjordlys.example",
    acknowledged=("ingrid@fjordlys.example", people.MARCUS_EMAIL),
    second={},
    people=(
        Person("Ingrid Solheim", "Executive", "CEO", 5, 4, "", "ingrid@fjordlys.example"),
        Person("Lars Haugen", "Finance", "CFO", 4, 3, "Asks for the cost of doing nothing.",
               "lars@fjordlys.example"),
        Person("Mette Dahl", "Engineering", "Head of engineering", 4, 5, "",
               "mette@fjordlys.example"),
        Person("Pål Eide", "Grid operations", "Metering lead", 3, 2,
               "Two migrations failed on his watch. Start with the smallest site."),
    ),
    outcomes=(
        ("One-on-one with the head of engineering",
         "Mette runs hiring alone. Two open roles since spring."),
        ("One-on-one with the head of finance",
         "Budget is yearly and fixed in November. Bring large asks before that."),
    ),
    tools=(
        Tool("team_chat", "Microsoft Teams", "https://teams.fjordlys.example/", "Daily work", 8,
             "0.00"),
        Tool("video", "Microsoft Teams", "https://teams.fjordlys.example/", "All meetings", 0,
             "0.00"),
        Tool("project_management", "Asana", "https://app.asana.example/", "Metering roadmap", 16,
             "2900.00"),
        Tool("document_collaboration", "Microsoft 365", "https://fjordlys.sharepoint.example/",
             "Documents and minutes", 16, "8400.00"),
    ),
    cover_note="Mette decides what cannot wait.",
    away_now=("lars@fjordlys.example", "ingrid@fjordlys.example", "At the owners’ meeting."),
)  # fmt: skip


def seed_working(engagement: Engagement, told: Working) -> None:
    """All of it, once; days are relative to today."""
    if Charter.objects.exists():
        return
    with silence():
        _seed_tools(told.tools)
        _seed_charter(engagement, told)
        _seed_people(engagement, told.people)
        _seed_plan(engagement, told.outcomes)
        _seed_absences(engagement, told)
        _seed_away_now(told)


OUTCOMES = {  # of an activity whose story nobody tells, by its kind
    "one_on_one": "What they carry, what slows them down, and what they would not change.",
    "workshop": "The way from idea to customer on one wall; three steps nobody missed are gone.",
    "feedback_session": "More of the short answers, fewer meetings. Both agreed on a day.",
    "project_meeting": "Departments see each other’s dates a month ahead.",
    "other": "Two pages, read by everybody who is named on them.",
}


def seed_plan_done(engagement: Engagement) -> None:
    """A plan that is worked off, but for what is still to come; once."""
    today, cto = engagement.tenant.today, engagement.cto
    left = IntegrationActivity.objects.with_people().filter(engagement=engagement)
    if left.exclude(status="planned").exists():
        return
    for activity in left.filter(planned_on__lt=today):
        services.activity_update(
            activity=activity,
            actor=cto,
            changes={
                "status": "done",
                "outcome": OUTCOMES[activity.kind],
                "done_on": activity.planned_on,
            },
        )


def _seed_tools(tools: Sequence[Tool]) -> None:
    for tool in tools:
        services.tool_update(
            tool=CommunicationTool.objects.get(type=tool.type, platform=tool.platform),
            actor=_cto(),
            changes={
                "status": "in_use",
                "link": tool.link,
                "purpose": tool.purpose,
                "expected_reply_hours": tool.reply or None,
                "monthly_cost": Decimal(tool.cost),
            },
        )


def _seed_charter(engagement: Engagement, told: Working) -> None:
    """A first version from the start, and at Northwind a second one after the outage."""
    sponsor, today = _member(told.sponsor), engagement.tenant.today
    channels = {
        "normal_channel": CommunicationTool.objects.in_use().get(type="team_chat"),
        "urgent_channel": CommunicationTool.objects.in_use().get(type="team_chat"),
    }
    first = services.charter_draft(engagement=engagement, actor=_cto(), changes=channels)
    current = services.charter_publish(
        charter=first,
        actor=sponsor,
        effective_on=engagement.starts_on,
        review_on=today + dt.timedelta(days=40),
    )
    begun_at = dt.datetime.combine(engagement.starts_on, dt.time(14), tzinfo=dt.UTC)
    Charter.objects.filter(pk=current.pk).update(published_at=begun_at)
    if told.second:
        draft = services.charter_draft(engagement=engagement, actor=_cto(), changes=told.second)
        current = services.charter_publish(
            charter=draft,
            actor=sponsor,
            effective_on=today,
            review_on=today + dt.timedelta(days=120),
        )
        # it was agreed seven weeks ago
        begun = dt.timedelta(days=49)
        Charter.objects.filter(pk=current.pk).update(
            effective_on=today - begun, published_at=timezone.now() - begun
        )
    for email in told.acknowledged:
        services.charter_acknowledge(charter=current, actor=_member(email))


def _seed_people(engagement: Engagement, told: Sequence[Person]) -> None:
    for person in told:
        services.stakeholder_add(
            engagement=engagement,
            actor=_cto(),
            name=person.name,
            department=person.department,
            role=person.role,
            influence=person.influence,
            support=person.support,
            notes=person.notes,
            member=_member(person.email) if person.email else None,
        )


def _seed_plan(engagement: Engagement, outcomes: Answers) -> None:
    """The first activities are done, each on the day it was planned for; the rest is near."""
    today = engagement.tenant.today
    done = {title for title, _ in outcomes}
    left = [a for a in IntegrationActivity.objects.with_people() if a.title not in done]
    for place, activity in enumerate(sorted(left, key=lambda a: a.planned_on or today)):
        services.activity_update(
            activity=activity,
            actor=_cto(),
            changes={"planned_on": today + dt.timedelta(days=9 * place - 4)},
        )
    heads = {
        "engineering": ("Engineering",),
        "product": ("Product",),
        "operations": ("Operations",),
        "finance": ("Finance",),
    }
    for title, outcome in outcomes:
        activity = IntegrationActivity.objects.with_people().get(title=title)
        departments = heads.get(title.rpartition(" of ")[2], ())
        services.activity_update(
            activity=activity,
            actor=_cto(),
            changes={
                "status": "done",
                "outcome": outcome,
                "done_on": min(activity.planned_on or today, today),
                "person": Stakeholder.objects.filter(department__in=departments).first(),
            },
        )


def _seed_absences(engagement: Engagement, told: Working) -> None:
    """A week in two weeks' time, and a few days in the past."""
    today, cto = engagement.tenant.today, _cto()
    monday = today - dt.timedelta(days=today.weekday())
    for weeks, days in ((-6, 2), (2, 4)):
        start = monday + dt.timedelta(weeks=weeks)
        ahead = max(start, today)
        period = services.coverage_plan(
            actor=cto,
            member=cto,
            starts_on=ahead,
            ends_on=ahead + dt.timedelta(days=days),
            deputy=_member(told.deputy),
            note=told.cover_note,
        )
        if start < today:  # it was planned then
            OffPeriod.objects.filter(pk=period.pk).update(
                starts_on=start, ends_on=start + dt.timedelta(days=days)
            )


def _seed_away_now(told: Working) -> None:
    """Somebody is away since today, back after the coming weekend."""
    if told.away_now is None:
        return
    who, deputy, note = told.away_now
    member = _member(who)
    today = member.tenant.today
    services.coverage_plan(
        actor=member,
        member=member,
        starts_on=today,
        ends_on=today + dt.timedelta(days=6 - today.weekday()),
        deputy=_member(deputy),
        note=note,
    )


def _member(email: str) -> Member:
    found: Member = Member.objects.select_related("user", "tenant").get(user__email=email)
    return found


def _cto() -> Member:
    return _member(people.MARCUS_EMAIL)
