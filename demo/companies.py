"""The five demo companies, from their people to this week's draft."""

from uuid import UUID

from demo import (
    agreement,
    clients,
    newcomers,
    notifications,
    people,
    roadmap,
    spend,
    story,
    value,
    working,
)
from demo.seed import (
    seed_engagement,
    seed_files,
    seed_people,
    seed_series,
    seed_time,
    seed_updates,
)
from demo.settings import seed_settings
from engagements.models import Engagement
from tenants.isolation import tenant
from tenants.models import Tenant

NORTHWIND, FJORDLYS = "northwind-robotics", "fjordlys-energi"


def seed() -> None:
    """Make all five; what is already there stays as it is."""
    seed_northwind()
    seed_fjordlys()
    for client in clients.CLIENTS:
        clients.seed_client(client)


def northwind_people() -> UUID:
    """The company with its people alone; answers its id."""
    return seed_people(
        name="Northwind Robotics",
        slug=NORTHWIND,
        time_zone="America/New_York",
        currency="USD",
        cast=people.NORTHWIND,
    )


def northwind_engagement() -> Engagement:
    """What Northwind agreed with Marcus."""
    return seed_engagement(
        sponsor="elena@northwind.example",
        purpose="Make the robot fleet platform dependable, and the team independent of us.",
        hours=60,
        fee=12_000,
        scope="intensive",
        months_ago=6,
    )


def seed_northwind() -> None:
    """Northwind Robotics in Pittsburgh, whose service figures are real measurements."""
    with tenant(northwind_people()):
        seed_settings(Tenant.objects.get())
        engagement = northwind_engagement()
        roadmap.seed_roadmap(
            roadmap.NORTHWIND,
            rescored={
                "SOC 2 Type II readiness": (
                    {"resource_demand": 4},
                    "The evidence takes two people until the audit",
                ),
                "Telemetry to the cloud": (
                    {"business_value": 4},
                    "The old servers’ contract ends in spring",
                ),
            },
        )
        seed_time(engagement, story.NORTHWIND_WEEK)
        roadmap.seed_served(engagement)
        roadmap.seed_figures(
            (
                ("Telemetry to the cloud", "response_time"),
                ("Telemetry to the cloud", "uptime"),
            )
        )
        value.seed_value(
            engagement, signals=value.NORTHWIND_SIGNALS, savings=value.NORTHWIND_SAVINGS
        )
        working.seed_working(engagement, working.NORTHWIND)
        seed_files(story.NORTHWIND_FILES)
        seed_series(story.NORTHWIND_SERIES + story.NORTHWIND_WEEKLY)
        seed_updates(engagement, story.NORTHWIND_UPDATES, reader="elena@northwind.example")
        seed_updates(
            engagement, (story.NORTHWIND_DRAFT,), reader="elena@northwind.example", draft=True
        )
        spend.seed_spend()
        notifications.tell_spend()
        newcomers.seed_newcomers()
        agreement.seed_agreement(engagement)


def seed_fjordlys() -> None:
    """Fjordlys Energi in Oslo: Marcus's second client, in another zone and currency."""
    tenant_id = seed_people(
        name="Fjordlys Energi",
        slug=FJORDLYS,
        time_zone="Europe/Oslo",
        currency="NOK",
        cast=people.FJORDLYS,
    )
    with tenant(tenant_id):
        seed_settings(Tenant.objects.get())
        engagement = seed_engagement(
            sponsor="ingrid@fjordlys.example",
            purpose="Steady the metering platform and hire the team that runs it.",
            hours=24,
            fee=60_000,
            scope="oversight",
            months_ago=3,
        )
        roadmap.seed_roadmap(
            roadmap.FJORDLYS,
            rescored={
                "Platform team of four": ({"risk": 3}, "Two candidates declined"),
            },
        )
        seed_time(engagement, story.FJORDLYS_WEEK)
        value.seed_value(
            engagement,
            signals=value.FJORDLYS_SIGNALS,
            savings=value.FJORDLYS_SAVINGS,
            full_time=(2_100_000, "Offer to a full-time CTO in Oslo, with employer’s tax"),
        )
        working.seed_working(engagement, working.FJORDLYS)
        seed_series(story.FJORDLYS_SERIES)
        seed_updates(engagement, story.FJORDLYS_UPDATES, reader="ingrid@fjordlys.example")
