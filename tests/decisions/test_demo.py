"""The demo's spend: told by the product's own rules, once."""

from decimal import Decimal

from decisions.models import Budget, SpendEvent, SpendRequest
from decisions.services.clocks import check_next
from demo import people, working
from demo.companies import NORTHWIND
from demo.seed import seed_engagement, seed_people
from demo.spend import seed_spend
from tenants.isolation import tenant
from tenants.models import Notification


def test_demo_of_spend_plays_and_is_told_once(db: None) -> None:
    tenant_id = seed_people(
        name="Northwind Robotics",
        slug=NORTHWIND,
        time_zone="America/New_York",
        currency="USD",
        cast=people.NORTHWIND,
    )
    with tenant(tenant_id):
        engagement = seed_engagement(
            sponsor="elena@northwind.example",
            purpose="",
            hours=60,
            fee=12_000,
            scope="intensive",
            months_ago=6,
        )
        working.seed_working(engagement, working.NORTHWIND)  # its charter has a word in spend
        told = Notification.objects.count()
        seed_spend()
        seed_spend()
        assert not check_next()
        assert Notification.objects.count() == told  # a company that is new has no old news
        found = {row.title: row for row in SpendRequest.objects.all()}
        assert len(found) == 9
        gateway = found["Fleet telemetry gateway"]
        assert (gateway.status, gateway.tier, gateway.commitment_amount) == (
            "submitted", 2, Decimal(38_500),
        )  # fmt: skip
        assert found["Spare controllers for the assembly cells"].commitment_amount == Decimal(
            "17672.46"
        )
        assert found["Assembly cell simulator"].tier == 3
        assert found["Second fibre line for the test hall"].is_bypass_open
        line = Budget.objects.get(name__startswith="Technology")
        assert line.available == 180_000 - Decimal("7050") - 14_800 - Decimal("17672.46")
        times = (
            SpendEvent.objects.filter(request=gateway).order_by("id").values_list("at", flat=True)
        )
        assert list(times) == sorted(times)
