"""A company's settings, its look and its status: the rules, and who may."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError

from decisions.models import ApprovalPolicy
from decisions.services.tiers import policy_set
from decisions.tiers import DEFAULT
from engagements.services import proposal_create, proposal_withdraw, tool_add, tool_update
from tenants import currencies, doors
from tenants.company import services as company
from tenants.errors import Denied, DomainError, Invalid, StaleVersion, Suspended, WrongState
from tenants.isolation import tenant
from tenants.jobs import enqueue
from tenants.jobs.drain import drain
from tenants.jobs.models import Job
from tenants.models import AuditEvent, Logo, Tenant
from tenants.permissions import Role
from tenants.services import tenant_update
from tests.engagements.builders import add_terms, make_engagement
from tests.factories import BOWLINE, Company, make_company
from tests.tenants.company.test_logos import picture
from tests.tenants.jobs.conftest import RegisterKind, kind  # noqa: F401


def update(company_: Company, **changes: Any) -> Tenant:
    return tenant_update(tenant=company_.tenant, actor=company_.admin, changes=changes)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"name": " "}, "name", "Fill this in"),
        ({"name": "x"}, "name", "two characters"),
        ({"time_zone": "Mars/Base"}, "time_zone", "no time zone"),
        ({"currency": "XYZ"}, "currency", "no currency"),
        ({"currency": "usd"}, "currency", "three-letter"),
        ({"week_start": "friday"}, "week_start", "Use one of"),
        ({"fiscal_year_start_month": 13}, "fiscal_year_start_month", "12"),
        ({"working_days": []}, "working_days", "Fill this in"),
        ({"working_days": ["funday"]}, "working_days", "Use one of"),
        (
            {"working_hours_start": dt.time(17), "working_hours_end": dt.time(9)},
            "working_hours_end",
            "before it begins",
        ),
        ({"working_hours_start": dt.time(9, 0, 1)}, "working_hours_start", "whole minutes"),
        ({"update_due_weekday": "monday"}, "update_due_time", "time as well"),
        ({"update_due_time": dt.time(9)}, "update_due_weekday", "weekday as well"),
        ({"brand_color": "blue"}, "brand_color", "such as #1b5a86"),
        ({"brand_color": "#ff9900"}, "brand_color", r"2\.14:1.*#aa6600"),
    ],
)
def test_setting_that_cannot_be_is_refused_at_its_field(
    inside: Company, changes: dict[str, Any], field: str, says: str
) -> None:
    before = Tenant.objects.values().get()
    with pytest.raises(Invalid) as refused:
        update(inside, **changes)
    assert list(refused.value.errors) == [field]
    with pytest.raises(Invalid, match=says):
        update(inside, **changes)
    assert Tenant.objects.values().get() == before


def test_settings_are_written_in_one_form_and_audited_once(inside: Company) -> None:
    changed = update(
        inside,
        name="  Northwind Robotics ",
        working_days=["friday", "sunday", "monday"],
        working_hours_end=dt.time(0),
        brand_color="1B5A86",
        update_due_weekday="thursday",
        update_due_time=dt.time(12),
    )
    assert changed.name == "Northwind Robotics"
    assert changed.working_days == ["monday", "friday", "sunday"]
    assert changed.brand_color == "#1b5a86"
    event = AuditEvent.objects.get(verb="tenant.updated")
    assert event.changes["working_hours_end"] == ["17:00:00", "00:00:00"]
    again = update(inside, name="Northwind Robotics", brand_color="#1b5a86")
    assert again.updated_at == changed.updated_at
    assert AuditEvent.objects.filter(verb="tenant.updated").count() == 1


def test_currency_changes_until_money_stands_in_it(inside: Company) -> None:
    assert currencies.standing_money() == []
    for currency in ("JPY", "EUR"):
        assert update(inside, currency=currency).currency == currency
        tiers = ApprovalPolicy.objects.order_by("-version")[0]  # nobody chose them: they follow
        assert (tiers.currency, tiers.created_by) == (currency, None)
        assert currencies.standing_money() == []
    assert tiers.tiers[0]["up_to"] == "10000.00"
    assert tiers.version == 3
    inside.tenant.refresh_from_db()
    add_terms(make_engagement(inside), inside, currency="EUR")
    with pytest.raises(Invalid, match=r"^The terms of an engagement stand in EUR"):
        update(inside, currency="USD")
    update(inside, name="Still changes")


def test_currency_stays_while_terms_are_proposed_or_costs_written_down(inside: Company) -> None:
    def refuses(words: str) -> None:
        with pytest.raises(Invalid, match=words):
            update(inside, currency="EUR")

    tool = tool_add(actor=inside.cto, type="video", platform="Meet", monthly_cost=Decimal(40))
    refuses("^Costs of communication tools stand in USD")
    tool_update(tool=tool, actor=inside.cto, changes={"monthly_cost": None})
    proposed = proposal_create(
        engagement=make_engagement(inside),
        actor=inside.cto,
        effective_on=inside.tenant.today,
        scope_level="moderate",
        hours_per_month=Decimal(20),
        monthly_fee=Decimal(5000),
    )
    refuses("^Terms that are proposed stand in USD")
    proposal_withdraw(proposal=proposed, actor=inside.cto)
    assert update(inside, currency="EUR").currency == "EUR"


def test_tiers_that_somebody_chose_keep_the_currency(inside: Company) -> None:
    policy_set(actor=inside.admin, rules=DEFAULT, note="Agreed with the board")
    with pytest.raises(Invalid, match=r"^The approval tiers stand in USD"):
        update(inside, currency="EUR")
    assert ApprovalPolicy.objects.filter(currency="EUR").count() == 0


def test_change_over_another_persons_is_refused(inside: Company) -> None:
    read_at = inside.tenant.updated_at
    update(inside, name="First")
    with pytest.raises(StaleVersion):
        tenant_update(
            tenant=inside.tenant,
            actor=inside.admin,
            changes={"name": "Second"},
            if_unmodified=read_at,
        )


def test_logo_is_replaced_and_removed(inside: Company) -> None:
    def put(content: bytes) -> Tenant:
        return company.logo_set(tenant=inside.tenant, actor=inside.admin, content=content)

    first = put(picture("PNG"))
    assert put(picture("PNG")).logo_version == first.logo_version
    second = put(picture("JPEG", (50, 50)))
    assert second.logo_version != first.logo_version
    logo = Logo.objects.get()
    assert (logo.content_type, logo.width, logo.height) == ("image/png", 50, 50)
    assert company.logo_remove(tenant=inside.tenant, actor=inside.admin).brand_version == ""
    company.logo_remove(tenant=inside.tenant, actor=inside.admin)
    back = [company.logo_restore(tenant=inside.tenant, actor=inside.admin) for _ in range(2)]
    assert [tenant.logo_version for tenant in back] == [second.logo_version] * 2
    verbs = list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))
    assert verbs[-4:] == [
        "tenant.logo_set",
        "tenant.logo_set",
        "tenant.logo_removed",
        "tenant.logo_restored",
    ]


def test_logo_that_never_was_cannot_come_back(inside: Company) -> None:
    with pytest.raises(WrongState, match="no logo"):
        company.logo_restore(tenant=inside.tenant, actor=inside.admin)
    with pytest.raises(Denied):
        company.logo_restore(tenant=inside.tenant, actor=inside.executive)


# who may, in which status: the exception, or None for yes
TRUTH: dict[str, dict[str, type[DomainError] | None]] = {
    "update": {"active": None, "suspended": Suspended, "archived": Suspended},
    "logo": {"active": None, "suspended": Suspended, "archived": Suspended},
    "archive": {"active": None, "suspended": Suspended, "archived": WrongState},
    "restore": {"active": WrongState, "suspended": WrongState, "archived": None},
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("status", ["active", "suspended", "archived"])
def test_who_may_change_a_company_in_which_status(inside: Company, role: Role, status: str) -> None:
    actor = inside.member(role)
    for name, truth in TRUTH.items():
        Tenant.objects.update(status=status, status_changed_at=dt.datetime.now(dt.UTC))
        inside.tenant.refresh_from_db()
        calls: dict[str, Any] = {
            "update": lambda here: tenant_update(
                tenant=here, actor=actor, changes={"name": "Other"}
            ),
            "logo": lambda here: company.logo_remove(tenant=here, actor=actor),
            "archive": lambda here: company.tenant_archive(
                tenant=here, actor=actor, confirm=here.name, reason="The work is over"
            ),
            "restore": lambda here: company.tenant_restore(tenant=here, actor=actor),
        }
        expected = truth[status] if role == Role.ADMIN else Denied
        if expected is None:
            calls[name](inside.tenant)
        else:
            with pytest.raises(expected):
                calls[name](inside.tenant)


def test_archiving_asks_for_the_name_and_a_reason(inside: Company) -> None:
    for confirm, reason, field in (
        ("northwind", "The work is over", "confirm"),
        ("Northwind", " x ", "reason"),
        ("Northwind", "x" * 501, "reason"),
    ):
        with pytest.raises(Invalid) as refused:
            company.tenant_archive(
                tenant=inside.tenant, actor=inside.admin, confirm=confirm, reason=reason
            )
        assert list(refused.value.errors) == [field]
    assert Tenant.objects.get().status == "active"


def test_archived_company_opens_for_its_admins_alone_until_its_time_is_over(
    company: Company,
) -> None:
    from tenants.company.services import tenant_archive, tenant_restore

    with tenant(company.id):
        archived = tenant_archive(
            tenant=company.tenant, actor=company.admin, confirm="Northwind", reason="Work is over"
        )
    assert doors.memberships_of(company.cto.user_id) == []
    found = doors.memberships_of(company.admin.user_id)
    assert [m.slug for m in found] == ["northwind"]
    assert doors.at_work(found) == []
    with tenant(company.id):
        until = archived.restorable_until
        assert until is not None
        with time_machine.travel(until), pytest.raises(WrongState, match="is over"):
            tenant_restore(tenant=archived, actor=company.admin)
        Tenant.objects.update(status_changed_at=dt.datetime.now(dt.UTC) - dt.timedelta(days=91))
    assert doors.memberships_of(company.admin.user_id) == []
    call_command(
        "tenant_status", tenant="northwind", status="active", reason="Asked for by the customer"
    )
    assert [m.slug for m in doors.memberships_of(company.cto.user_id)] == ["northwind"]


def test_platform_suspends_and_reactivates_with_a_reason(
    company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(status: str, reason: str) -> None:
        call_command("tenant_status", tenant="northwind", status=status, reason=reason)

    with pytest.raises(CommandError, match="Say why"):
        run("suspended", "")
    with pytest.raises(CommandError, match="no tenant"):
        call_command("tenant_status", tenant="nobody", status="active", reason="A reason")
    run("suspended", "Invoice 1042 is open")
    run("suspended", "Invoice 1042 is open")
    assert capsys.readouterr().out == "northwind suspended\n" * 2
    with tenant(company.id):
        held = Tenant.objects.get()
        assert (held.status, held.status_reason) == ("suspended", "Invoice 1042 is open")
        with pytest.raises(Suspended, match="Invoice 1042"):
            tenant_update(tenant=held, actor=company.admin, changes={"name": "Other"})
        from tenants.company.services import tenant_set_status

        with pytest.raises(Denied):
            tenant_set_status(tenant=held, actor=company.admin, status="active", reason="Please")
    run("active", "Paid")
    with tenant(company.id):
        assert Tenant.objects.get().status_reason == ""
        verbs = AuditEvent.objects.filter(verb__in=["tenant.suspended", "tenant.reactivated"])
        assert verbs.count() == 2


def test_jobs_of_a_suspended_company_rest_and_run_afterwards(
    committed_db: None,
    kind: RegisterKind,  # noqa: F811
) -> None:
    """Reminders rest, figures are kept right all the same, and no attempt is used up."""
    ran: list[str] = []
    kind("test.reminder", lambda row: ran.append("reminder"))
    kind("test.figures", lambda row: ran.append("figures"), while_inactive=True)
    northwind = make_company("northwind")
    with tenant(northwind.id):
        company.tenant_set_status(
            tenant=northwind.tenant, actor=BOWLINE, status="suspended", reason="Not paid"
        )
        enqueue("test.reminder")
        enqueue("test.figures")
    drain(queues=["default"])
    assert ran == ["figures"]
    with tenant(northwind.id):
        resting = Job.objects.get(kind="test.reminder")
        assert (resting.state, resting.attempts) == ("queued", 0)
        assert resting.run_at > dt.datetime.now(dt.UTC) + dt.timedelta(minutes=4)
        held = Tenant.objects.get()
        company.tenant_set_status(tenant=held, actor=BOWLINE, status="active", reason="Paid")
        Job.objects.filter(pk=resting.pk).update(run_at=dt.datetime.now(dt.UTC))
    drain(queues=["default"])
    assert ran == ["figures", "reminder"]
