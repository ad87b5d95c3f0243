"""Marcus's other clients: three smaller companies in three more zones, for his Monday."""

from dataclasses import dataclass

from demo import people
from demo.seed import seed_engagement, seed_people, seed_series, seed_time, seed_updates
from demo.story import Blocker, Series, Update
from demo.working import seed_plan_done
from tenants.isolation import tenant

Pattern = tuple[tuple[int, int, str, str], ...]


@dataclass(frozen=True)
class SmallClient:
    """What is told of one company; `pattern` is a week of hours as in `story`."""

    name: str
    slug: str
    time_zone: str
    currency: str
    cast: tuple[people.Person, ...]
    purpose: str
    hours: int
    fee: int
    scope: str
    months_ago: int
    pattern: Pattern
    series: tuple[Series, ...]
    updates: tuple[Update, ...]


PRAIRIE = SmallClient(
    name="Prairie Clinics",
    slug="prairie-clinics",
    time_zone="America/Chicago",
    currency="USD",
    cast=people.PRAIRIE,
    purpose="Bring booking and records onto one platform before the fourth clinic opens.",
    hours=24,
    fee=5_500,
    scope="moderate",
    months_ago=8,
    pattern=(
        (1, 60, "team_and_hiring", "Stand-up and one-on-ones with Omar's team"),
        (2, 180, "delivery", "Booking cut-over rehearsal"),
    ),
    series=(
        Series(
            "uptime",
            (99.7, 99.8, 99.6, 99.8, 99.9, 99.8, 99.9, 99.9, 99.8, 99.9, 99.9, 99.95),
            "99.8",
            "99.5",
        ),
        Series(
            "project_completion_rate",
            (60, 63, 66, 66, 70, 72, 75, 75, 78, 80, 80, 82),
            "80",
            "70",
            (10, 11, 12, 12, 10, 11, 12, 12, 9, 10, 10, 11),
        ),
    ),
    updates=(
        Update(
            weeks_ago=1,
            summary="The booking cut-over was rehearsed twice without a lost appointment. It is "
            "planned for the second weekend of next month.",
            health="on_track",
            progress="Rehearsal at two clinics, 38 minutes each\nRecords export agreed with the "
            "vendor",
            next_week="Third rehearsal with the front desk",
            confidence=4,
        ),
    ),
)
MERLION = SmallClient(
    name="Merlion Pay",
    slug="merlion-pay",
    time_zone="Asia/Singapore",
    currency="SGD",
    cast=people.MERLION,
    purpose="Get releases moving again and recover from incidents within the hour.",
    hours=32,
    fee=14_000,
    scope="intensive",
    months_ago=4,
    pattern=(
        (0, 150, "delivery", "Release train, rollback drill"),
        (1, 120, "strategy_and_roadmap", "Card vault options with Hana"),
        (2, 90, "delivery", "Incident review"),
        (3, 180, "delivery", "Deployment pipeline"),
    ),
    series=(
        Series(
            "mttr",
            (48, 52, 45, 50, 55, 47, 58, 61, 74, 96, 130, 190),
            "60",
            "90",
        ),
        Series(
            "milestones_met",
            (88, 88, 86, 84, 80, 80, 77, 75, 70, 66, 63, 60),
            "85",
            "75",
            (8, 8, 7, 8, 10, 10, 9, 8, 10, 9, 8, 10),
        ),
    ),
    updates=(
        Update(
            weeks_ago=1,
            summary="Restoring service took over three hours twice this week. We stop new features "
            "for ten days and repair the pipeline first.",
            health="off_track",
            progress="Both incidents traced to one shared queue\nRollback drill: 22 minutes",
            risks="The card scheme's audit falls into the repair",
            next_week="Split the queue\nPager rota from Monday",
            confidence=2,
            asks=(
                Blocker("Agree to ten days without features", "weiling@merlion.example", 8),
                Blocker("Release the budget for the pager service", "arjun@merlion.example", 10),
            ),
            acknowledged=False,
        ),
    ),
)
SALTGRASS = SmallClient(
    name="Saltgrass Foods",
    slug="saltgrass-foods",
    time_zone="America/Los_Angeles",
    currency="USD",
    cast=people.SALTGRASS,
    purpose="A steady eye on a small team: roadmap, hiring, and no surprises before harvest.",
    hours=16,
    fee=3_600,
    scope="oversight",
    months_ago=5,
    pattern=(
        (0, 60, "strategy_and_roadmap", "Roadmap call"),
        (2, 30, "other", "Questions by mail"),
    ),
    series=(
        Series(
            "revenue_growth",
            (4.1, 4.4, 4.3, 4.9, 5.2, 5.6, 5.8, 6.1, 6.4, 6.6, 6.9, 7.3),
            "6",
            "4",
        ),
    ),
    updates=(
        Update(
            weeks_ago=2,
            summary="Nothing burns. The forecast tool predicts the week's orders within six per "
            "cent, and Theo's hiring plan is written.",
            health="on_track",
            progress="Forecast tool in use at both sites",
            confidence=5,
        ),
    ),
)
CLIENTS = (PRAIRIE, MERLION, SALTGRASS)


def seed_client(told: SmallClient) -> None:
    """One company, from its people to its letters; what is already there stays as it is."""
    tenant_id = seed_people(
        name=told.name,
        slug=told.slug,
        time_zone=told.time_zone,
        currency=told.currency,
        cast=told.cast,
    )
    reader = told.cast[0].email
    with tenant(tenant_id):
        engagement = seed_engagement(
            sponsor=reader,
            purpose=told.purpose,
            hours=told.hours,
            fee=told.fee,
            scope=told.scope,
            months_ago=told.months_ago,
        )
        seed_plan_done(engagement)
        seed_time(engagement, told.pattern)
        seed_series(told.series)
        seed_updates(engagement, told.updates, reader=reader)
