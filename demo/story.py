"""What happens at the demo's two companies. Invented, but for the measurements in demo/data.

Weeks count back from the current one (0 = this week), days of a week from its first day. All dates
are made relative to the day of seeding; the real measurements keep theirs.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Blocker:
    """Something stuck: who can clear it, and how many days after the week's start it is needed."""

    text: str
    owner_email: str
    in_days: int


@dataclass(frozen=True)
class Update:
    """A weekly update as Marcus wrote it."""

    weeks_ago: int
    summary: str
    health: str
    progress: str
    confidence: int
    wins: str = ""
    risks: str = ""
    next_week: str = ""
    blockers: tuple[Blocker, ...] = ()
    asks: tuple[Blocker, ...] = ()
    comment: str = ""
    acknowledged: bool = True


@dataclass(frozen=True)
class Series:
    """A plausible, invented KPI: twelve values, oldest first, the last one this month's or week's.

    `weights` are the wholes that percentages are taken of, such as answers to a survey.
    """

    key: str
    values: tuple[float, ...]
    target: str
    at_risk: str
    weights: tuple[float, ...] = field(default=())
    weekly: bool = False


@dataclass(frozen=True)
class File:
    """Real measurements of a KPI in demo/data, and which of the file's columns hold them."""

    key: str
    filename: str
    columns: str
    target: str
    at_risk: str
    skip_zero: bool = False  # a probe without an answer has the response time 0

    @property
    def mapping(self) -> dict[str, str]:
        """`observed_at=released_at value=hours` as the import takes it."""
        named = dict(pair.split("=") for pair in self.columns.split())
        return {"observed_at": "observed_at"} | named


ELENA, AISHA, JONAS = (
    "elena@northwind.example",
    "aisha@northwind.example",
    "jonas@northwind.example",
)
LARS = "lars@fjordlys.example"
INGRID, METTE = "ingrid@fjordlys.example", "mette@fjordlys.example"

NORTHWIND_UPDATES = (
    Update(
        weeks_ago=3,
        summary="Two customers onboard their own robots now. The old message broker still costs us "
        "$2,150 a month; it goes off next week.",
        health="on_track",
        progress="Self-service onboarding works end to end for two pilots\n"
        "Broker migration rehearsed twice without loss",
        wins="Jonas's team found the pairing fault that support had chased since summer",
        next_week="Switch the broker off\nStart the SOC 2 evidence list",
        confidence=4,
        comment="Good week. I would like to show the pairing fix to the board.",
    ),
    Update(
        weeks_ago=2,
        summary="The old broker is off. Response time passed its limit on busy mornings and is now "
        "the one to watch.",
        health="watch",
        progress="Broker migration finished, old cluster off, saving $2,150 a month\n"
        "SOC 2 evidence gathered for 18 of 92 controls",
        risks="Response time: the fleet API slows down above 40 robots a site",
        next_week="Measure where the time goes\nOnboard the third pilot",
        confidence=3,
        blockers=(
            Blocker("No on-call owner in operations, night incidents arrive late", ELENA, 12),
        ),
        comment="Who would be the natural on-call owner?",
    ),
    Update(
        weeks_ago=1,
        summary="A new robot now joins a customer's fleet in 2 days instead of 5. Response time "
        "needs a decision this month.",
        health="watch",
        progress="Self-service onboarding live for 3 pilot customers\n"
        "SOC 2 evidence gathered for 41 of 92 controls\n"
        "Cache in front of the fleet API tested on one site, a third faster",
        wins="Erie site ran a full week without a manual restart",
        risks="Scheduling engine: building it ourselves takes both robotics seniors until spring",
        next_week="Roll the cache out to all sites\nBuild-or-buy paper for the scheduling engine",
        confidence=4,
        blockers=(
            Blocker("Scheduling engine waits for build or buy", ELENA, 12),
            Blocker("No on-call owner in operations, night incidents arrive late", ELENA, 12),
        ),
        asks=(
            Blocker("Name an on-call owner in operations", ELENA, 9),
            Blocker("Send the vendor security answers", AISHA, 11),
        ),
        acknowledged=False,
    ),
)
NORTHWIND_DRAFT = Update(
    weeks_ago=0,
    summary="The cache runs at all sites since Monday. Build or buy is ready to decide.",
    health="on_track",
    progress="Cache in front of the fleet API live at all sites",
    confidence=4,
)
FJORDLYS_UPDATES = (
    Update(
        weeks_ago=2,
        summary="Meter readings arrive again from all 14 substations. The vendor's API limit is "
        "the next ceiling.",
        health="on_track",
        progress="Collector rewritten, no reading lost in nine days\nOn-call rota agreed",
        next_week="Talk to the meter vendor about limits",
        confidence=4,
        comment="Takk, Marcus.",
    ),
    Update(
        weeks_ago=1,
        summary="The vendor doubles our limit from December. Until then the night batch runs in "
        "two halves.",
        health="watch",
        progress="Night batch split, finished by 04:30\nFirst two runbooks written by Mette's team",
        risks="One engineer leaves at the end of the year",
        next_week="Hiring profile for a platform engineer",
        confidence=3,
        asks=(
            Blocker("Approve the platform engineer role", INGRID, 10),
            Blocker("Release the budget for the second collector", LARS, 12),
        ),
    ),
)

# weekday (0 = first day of the week), minutes, category, note
NORTHWIND_WEEK = (
    (0, 150, "strategy_and_roadmap", "Roadmap review with Sofia"),
    (1, 240, "delivery", "Fleet API: traces, cache design with Aisha"),
    (2, 90, "team_and_hiring", "One-on-ones, robotics senior interview"),
    (3, 120, "delivery", "Onboarding pilots, broker migration"),
    (4, 90, "board_and_vendors", "SOC 2 auditor call, board notes"),
)
FJORDLYS_WEEK = (
    (0, 90, "delivery", "Collector and night batch"),
    (2, 120, "strategy_and_roadmap", "Platform plan with Mette"),
    (4, 60, "team_and_hiring", "On-call rota, hiring profile"),
)

NORTHWIND_FILES = (
    File("uptime", "uptime_probes.csv", "value=up", "99", "97"),
    File("response_time", "uptime_probes.csv", "value=response_ms", "900", "1100", skip_zero=True),
    File(
        "response_time_p95",
        "uptime_probes.csv",
        "value=response_ms",
        "2500",
        "2700",
        skip_zero=True,
    ),
    File("mttr", "incidents.csv", "observed_at=opened_at value=minutes_to_restore", "120", "300"),
    File("deployment_frequency", "releases.csv", "observed_at=released_at", "2", "1"),
    File(
        "cycle_time",
        "lead_times.csv",
        "observed_at=released_at value=lead_time_hours",
        "500",
        "720",
    ),
)

NORTHWIND_SERIES = (
    Series(
        "milestones_met",
        (70, 72, 75, 75, 78, 80, 80, 83, 83, 86, 86, 88),
        "85",
        "75",
        (10, 11, 12, 8, 9, 10, 10, 12, 12, 7, 7, 8),
    ),
    Series(
        "attrition_rate", (9.4, 9.4, 8.8, 8.8, 8.1, 8.1, 7.2, 7.2, 6.9, 6.1, 6.1, 6.1), "8", "10"
    ),
    Series("skill_advancement", (22, 25, 28, 31, 36, 40, 43, 46, 50, 52, 55, 58), "55", "45"),
    Series(
        "cost_savings",
        (8800, 9700, 10400, 11200, 12100, 12800, 13700, 14700, 15500, 16300, 17400, 18200),
        "19000",
        "15000",
    ),
    Series(
        "revenue_growth",
        (7.1, 7.4, 7.9, 8.3, 8.8, 9.4, 9.9, 10.2, 10.8, 11.1, 11.5, 11.8),
        "10",
        "8",
    ),
)
NORTHWIND_WEEKLY = (
    Series(
        "customer_satisfaction",
        (82, 84, 84, 86, 85, 87, 88, 86, 88, 90, 89, 91),
        "85",
        "80",
        (50, 50, 50, 50, 60, 60, 50, 50, 50, 60, 64, 66),
        weekly=True,
    ),
    Series(
        "change_failure_rate",
        (9, 8, 10, 7, 7, 6, 8, 6, 5, 5, 6, 4),
        "5",
        "8",
        (22, 25, 20, 28, 29, 33, 25, 34, 38, 40, 34, 48),
        weekly=True,
    ),
    Series(
        "feature_adoption",
        (31, 33, 34, 36, 37, 39, 40, 42, 43, 45, 46, 48),
        "45",
        "40",
        (120, 121, 123, 124, 126, 128, 130, 131, 133, 135, 137, 140),
        weekly=True,
    ),
)
FJORDLYS_SERIES = (
    Series(
        "uptime",
        (99.2, 99.4, 99.1, 99.5, 99.6, 99.5, 99.7, 99.6, 99.8, 99.7, 99.8, 99.9),
        "99.5",
        "99",
    ),
    Series(
        "cost_savings",
        (0, 0, 1200, 1500, 1800, 2400, 2600, 3100, 3300, 3600, 4100, 4400),
        "4000",
        "3000",
    ),
)
