"""The demo's spend: told by the product's own rules, once."""

from decimal import Decimal

from decisions.models import Budget, SpendEvent, SpendRequest
from decisions.services.clocks import check_next
from demo import working
from demo.companies import northwind_engagement, northwind_people
from demo.notifications import tell_spend
from demo.spend import seed_spend
from tenants.isolation import tenant
from tenants.models import Delivery, Notification


def test_demo_of_spend_plays_and_is_told_once(db: None) -> None:
    with tenant(northwind_people()):
        engagement = northwind_engagement()
        working.seed_working(engagement, working.NORTHWIND)  # its charter has a word in spend
        told = Notification.objects.count()
        seed_spend()
        seed_spend()
        assert not check_next()
        assert Notification.objects.count() == told  # a company that is new has no old news
        for _ in range(2):
            tell_spend()
        waiting = Notification.objects.filter(kind__startswith="spend.")
        inboxes = {(str(row.member), row.kind) for row in waiting}
        assert ("Priya Raman", "spend.asked") in inboxes
        assert ("Grace Whitfield", "spend.bypassed") in inboxes
        assert waiting.count() == len({(row.member_id, row.target_id) for row in waiting})
        assert not Delivery.objects.filter(state=Delivery.State.WAITING).exists()  # by no mail
        found = {row.title: row for row in SpendRequest.objects.all()}
        assert len(found) == 10
        gateway = found["Fleet telemetry gateway"]
        assert (gateway.status, gateway.tier, gateway.commitment_amount) == (
            "submitted", 2, Decimal(38_500),
        )  # fmt: skip
        assert found["Spare controllers for the assembly cells"].commitment_amount == Decimal(
            "17672.46"
        )
        assert found["Assembly cell simulator"].tier == 3
        assert found["Second fibre line for the test hall"].is_bypass_open
        course = found["Robotics course for eight engineers"]
        assert (course.benefit_kpi.key, course.benefit_reviewed_at is None) == (
            "skill_advancement", False,
        )  # fmt: skip
        due = SpendRequest.objects.benefit_due(course.tenant.today)
        assert [row.benefit_kpi.key for row in due] == ["customer_satisfaction"]
        line = Budget.objects.get(name__startswith="Technology")
        assert line.available == 180_000 - 6_400 - Decimal("7050") - 14_800 - Decimal("17672.46")
        times = (
            SpendEvent.objects.filter(request=gateway).order_by("id").values_list("at", flat=True)
        )
        assert list(times) == sorted(times)
