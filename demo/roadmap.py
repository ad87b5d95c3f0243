"""The roadmaps of the demo companies. Invented; dates are made relative to the day of seeding."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from demo.people import MARCUS_EMAIL
from demo.seed import member_at
from engagements import services
from engagements.models import Engagement, Initiative, Milestone, Prioritisation, TimeEntry
from engagements.services import Proposal
from kpis.models import Kpi
from kpis.services.initiatives import initiative_kpi_link
from tenants.models import Tenant


@dataclass(frozen=True)
class Step:
    """A milestone: days from today on which it is due, and whether it was reached."""

    title: str
    in_days: int
    reached: bool = False


@dataclass(frozen=True)
class Told:
    """An initiative; scores are value, demand, timeline, risk; days count from today."""

    title: str
    result: str
    scores: tuple[int, int, int, int]
    horizon: str
    owner: str
    status: str
    percent: int
    started: int
    due: int | None
    budget: int | None = None
    steps: tuple[Step, ...] = ()


Rescored = dict[str, tuple[dict[str, int], str]]
"""Title → (the scores that changed, why)."""

SOFIA, AISHA = "sofia@northwind.example", "aisha@northwind.example"
JONAS, TOM = "jonas@northwind.example", "tom@northwind.example"
METTE = "mette@fjordlys.example"

NORTHWIND = (
    Told(
        "Self-service robot onboarding", "5 days to 2 per robot, +$310k a year", (5, 3, 2, 2),
        "short", SOFIA, "on_track", 72, -120, 28, 85_000,
        (
            Step("Guided set-up in the operator console", -60, True),
            Step("3 pilot customers onboard themselves", -12, True),
            Step("Open to all customers", 20),
            Step("Support hours per new robot halved", 28),
        ),
    ),
    Told(
        "SOC 2 Type II readiness", "Opens 4 enterprise deals worth $1.1m", (5, 3, 3, 2),
        "short", AISHA, "on_track", 45, -90, 60, 64_000,
        (
            Step("Gap list with owners", -70, True),
            Step("41 of 92 controls with evidence", -9, True),
            Step("All 92 controls with evidence", 38),
            Step("Auditor’s window opens", 60),
        ),
    ),
    Told(
        "Fleet scheduling engine", "9% fewer idle robot hours", (5, 4, 3, 1),
        "long", JONAS, "needs_decision", 20, -45, 166, 240_000,
        (
            Step("Build or buy decided", 5),
            Step("First fleet on the new scheduler", 95),
            Step("All fleets moved", 166),
        ),
    ),
    Told(
        "Telemetry to the cloud", "−$26k hosting a year", (3, 3, 3, 2),
        "short", JONAS, "at_risk", 60, -150, 45, 38_000,
        (
            Step("Broker migrated, old cluster off", -20, True),
            Step("Raw data kept 13 months", 14),
            Step("On-site servers switched off", 45),
        ),
    ),
    Told(
        "Support CRM upgrade", "First answer within 2 h", (3, 2, 3, 3),
        "short", TOM, "on_track", 35, -30, 98, 22_000,
        (Step("Tickets of 12 months moved", 30), Step("Team trained", 80)),
    ),
    Told(
        "Operator console polish", "Fewer clicks per shift", (1, 3, 3, 3),
        "short", SOFIA, "paused", 10, -60, None,
    ),
    Told(
        "On-call rota with two engineers", "Nobody is woken twice a week", (4, 2, 1, 1),
        "short", AISHA, "done", 100, -160, -30, None,
        (Step("Rota agreed", -100, True), Step("First month without a gap", -35, True)),
    ),
)  # fmt: skip

FJORDLYS = (
    Told(
        "Hourly meter readings", "Readings complete by 07:00 on 99% of days", (5, 3, 2, 2),
        "short", METTE, "on_track", 55, -60, 50, 450_000,
        (Step("Queue in place of nightly files", -15, True), Step("All 41 000 meters", 50)),
    ),
    Told(
        "Platform team of four", "Night duty without the CTO", (4, 4, 3, 2),
        "long", METTE, "at_risk", 25, -60, 150, 1_800_000,
        (Step("Two of four hired", -5, True), Step("Four on the rota", 150)),
    ),
    Told(
        "Customer portal refresh", "Fewer calls about invoices", (2, 4, 3, 3),
        "long", METTE, "not_started", 0, 30, 260,
    ),
)  # fmt: skip

# notes of the demo's hours, by their beginning: what they were for
SERVED = {
    "northwind-robotics": {
        "Onboarding": "Self-service robot onboarding",
        "SOC 2": "SOC 2 Type II readiness",
    },
    "fjordlys-energi": {},
}


def seed_roadmap(told: tuple[Told, ...], *, rescored: Rescored) -> None:
    """The initiatives with their milestones, and one session of a while ago."""
    if Initiative.objects.exists():
        return
    company = Tenant.objects.get()
    made = {row.title: _initiative(row, company.today) for row in told}
    _session(made, rescored, company.today)
    for row in told:
        if row.status == "done":
            done = services.initiative_update(
                initiative=made[row.title],
                actor=member_at(row.owner),
                changes={"status": "done"},
            )
            Initiative.objects.filter(pk=done.pk).update(
                done_on=company.today + dt.timedelta(days=row.due or 0)
            )


def seed_served(engagement: Engagement) -> None:
    """Hours whose note names a piece of the roadmap are logged for it."""
    by_title = {row.title: row for row in Initiative.objects.all()}
    for beginning, title in SERVED.get(engagement.tenant.slug, {}).items():
        TimeEntry.objects.filter(
            engagement=engagement, note__startswith=beginning, linked_initiative=None
        ).update(linked_initiative=by_title[title])


def seed_figures(links: tuple[tuple[str, str], ...]) -> None:
    """Link key figures (by key) to initiatives (by title), as the CTO does."""
    cto = member_at(MARCUS_EMAIL)
    for title, key in links:
        initiative_kpi_link(
            initiative=Initiative.objects.get(title=title),
            kpi=Kpi.objects.get(key=key),
            actor=cto,
        )


def _initiative(told: Told, today: dt.date) -> Initiative:
    """Written down by the CTO; its owner reports what is reached."""
    value, demand, timeline, risk = told.scores
    cto, owner = member_at(MARCUS_EMAIL), member_at(told.owner)
    made = services.initiative_create(
        actor=cto,
        title=told.title,
        expected_result=told.result,
        business_value=value,
        resource_demand=demand,
        timeline=timeline,
        risk=risk,
        horizon=told.horizon,
        status="on_track" if told.status == "done" else told.status,
        progress_percent=told.percent,
        owner=owner,
        starts_on=today + dt.timedelta(days=told.started),
        due_on=None if told.due is None else today + dt.timedelta(days=told.due),
        budget_amount=None if told.budget is None else Decimal(told.budget),
    )
    for step in told.steps:
        due_on = today + dt.timedelta(days=step.in_days)
        milestone = services.milestone_add(
            initiative=made, actor=cto, title=step.title, due_on=due_on
        )
        if step.reached:
            services.milestone_update(milestone=milestone, actor=owner, changes={"done": True})
            reached_at = timezone.now() + dt.timedelta(days=step.in_days)
            Milestone.objects.filter(pk=milestone.pk).update(done_at=reached_at, done_by=owner)
    return made


def _session(made: dict[str, Initiative], rescored: Rescored, today: dt.date) -> None:
    """A review of five weeks ago, so that the next one is due in a while."""
    cto = member_at(MARCUS_EMAIL)
    session = services.prioritisation_record(
        actor=cto,
        note="Before the board’s quarter: does the order still fit?",
        proposals={
            made[title].pk: Proposal(scores, reason) for title, (scores, reason) in rescored.items()
        },
    )
    held_on = today - dt.timedelta(days=35)
    Prioritisation.objects.filter(pk=session.pk).update(
        held_on=held_on,
        next_due_on=session.next_due_on - dt.timedelta(days=35),
        held_by=cto,
    )
