"""The set-up list: read from rows, one query, and done when the company works."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from decisions import tiers
from decisions.services.tiers import policy_set
from engagements import services as engagements
from kpis.models import Kpi
from kpis.services.definitions import kpi_update, target_set
from kpis.services.measurements import measurements_record
from tenants import setup
from tenants.calendars.services import holidays_choose
from tenants.errors import Denied, NotFound
from tenants.isolation import tenant
from tenants.models import AuditEvent, Member, SetupMark, Tenant
from tenants.services import member_add, tenant_create, tenant_update
from tests.api_client import ApiClient
from tests.factories import BOWLINE, Company

SignIn = Callable[[Any], Client]
Api = Callable[[Any], ApiClient]


def state(company: Company, member: Member) -> setup.Setup:
    return setup.setup_of(tenant=Tenant.objects.get(), actor=member)


def done(company: Company) -> set[str]:
    return {s.step.key for s in state(company, company.admin).steps if s.done}


def test_steps_are_done_by_what_really_stands(
    inside: Company, django_assert_num_queries: Any
) -> None:
    assert done(inside) <= {"people"}  # the cast has a CTO; the page of people may not exist
    here = Tenant.objects.get()
    with django_assert_num_queries(1):
        found = setup.setup_of(tenant=here, actor=inside.admin)
    assert found.shows_nothing_yet
    assert not found.finished
    holidays_choose(tenant=here, actor=inside.admin, country="US")
    tenant_update(
        tenant=here,
        actor=inside.admin,
        changes={"update_due_weekday": "friday", "update_due_time": "17:00"},
    )
    engagement = engagements.engagement_create(
        actor=inside.admin, title="Fractional CTO", cto=inside.cto, starts_on=here.today
    )
    engagements.terms_add(
        engagement=engagement,
        actor=inside.admin,
        effective_on=here.today,
        scope_level="moderate",
        hours_per_month=Decimal(40),
        monthly_fee=Decimal(8000),
    )
    kpi = Kpi.objects.get(key="response_time")
    target_set(kpi=kpi, actor=inside.admin, value=Decimal(400), effective_on=here.today)
    assert state(inside, inside.admin).shows_nothing_yet, "no value was ever measured"
    measurements_record(
        kpi=kpi, actor=inside.admin, raws=[{"observed_at": "2026-10-05T09:00:00Z", "value": "1"}]
    )
    kpi_update(
        kpi=Kpi.objects.get(key="downtime"), actor=inside.admin, changes={"is_active": False}
    )
    policy_set(actor=inside.admin, rules=tiers.DEFAULT, note="As they are")
    found = state(inside, inside.admin)
    assert [s.step.key for s in found.steps if not s.settled] == []
    assert (found.finished, found.percent, found.minutes_left) == (True, 100.0, 0)
    Kpi.objects.update(is_active=True)
    assert not state(inside, inside.admin).finished, "a step that is undone is open again"


def test_step_that_is_not_needed_can_be_taken_back(inside: Company) -> None:
    here = inside.tenant
    for _ in range(2):
        setup.step_skip(tenant=here, actor=inside.admin, key="calendar")
    skipped = [s.step.key for s in state(inside, inside.admin).steps if s.skipped]
    assert skipped == ["calendar"]
    for _ in range(2):
        setup.step_resume(tenant=here, actor=inside.admin, key="calendar")
    assert not SetupMark.objects.exists()
    verbs = AuditEvent.objects.filter(verb__startswith="setup.").order_by("id")
    assert [e.verb for e in verbs] == ["setup.step_skipped", "setup.step_resumed"]
    setup.step_skip(tenant=here, actor=inside.admin, key="calendar")
    holidays_choose(tenant=here, actor=inside.admin, country="US")
    found = next(s for s in state(inside, inside.admin).steps if s.step.key == "calendar")
    assert (found.done, found.skipped) == (True, False), "what stands counts more"
    with pytest.raises(NotFound):
        setup.step_skip(tenant=here, actor=inside.admin, key="no-such")


@pytest.mark.parametrize(
    ("role", "step", "may"),
    [
        ("admin", "engagement", True),
        ("executive", "engagement", True),
        ("cto", "engagement", False),
        ("cto", "figures", True),
        ("admin", "figures", True),
        ("executive", "figures", False),
        ("team", "figures", False),
        ("observer", "calendar", False),
    ],
)
def test_who_may_say_that_a_step_is_not_needed(
    inside: Company, role: str, step: str, may: bool
) -> None:
    actor = inside.member(role)
    if may:
        setup.step_skip(tenant=inside.tenant, actor=actor, key=step)
    else:
        with pytest.raises(Denied):
            setup.step_skip(tenant=inside.tenant, actor=actor, key=step)
    assert SetupMark.objects.exists() is may


def test_empty_dashboard_is_the_list_for_admins_until_later(db: None, sign_in: SignIn) -> None:
    created = tenant_create(
        name="Fresh Foods",
        slug="fresh",
        time_zone="Europe/Berlin",
        currency="EUR",
        admin_email="ada@fresh.example",
        admin_name="Ada Fresh",
    )
    with tenant(created.pk):
        admin = Member.objects.select_related("user").get()
        executive = member_add(
            email="eve@fresh.example", name="Eve", roles=["executive"], actor=BOWLINE
        )
    client = sign_in(admin)
    page = client.get("/t/fresh/").content.decode()
    assert "Set up Fresh Foods" in page
    assert "Choose your holidays" in page
    assert "Set up Fresh Foods" not in sign_in(executive).get("/t/fresh/").content.decode()
    other = sign_in(executive).get("/t/fresh/setup/").content.decode()
    assert "Admin can do this." in other
    sent = client.post("/t/fresh/setup/show/", {"show": "no"})
    assert sent["Location"] == "/t/fresh/"
    assert "Set up Fresh Foods" not in client.get("/t/fresh/").content.decode()
    assert "Show it on the dashboard" in client.get("/t/fresh/setup/").content.decode()
    client.post("/t/fresh/setup/show/", {"show": "yes"})
    assert "Set up Fresh Foods" in client.get("/t/fresh/").content.decode()
    assert client.post("/t/fresh/setup/nothing/", {"needed": "no"}).status_code == 404


def test_figures_are_chosen_in_place(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.admin)
    none = client.post("/t/northwind/setup/figures/", {})
    assert "Choose at least one figure" in client.get(none["Location"]).content.decode()
    client.post("/t/northwind/setup/figures/", {"figures": ["uptime", "response_time"]})
    with tenant(company.id):
        active = set(Kpi.objects.filter(is_active=True).values_list("key", flat=True))
    assert active == {"uptime", "response_time"}
    assert sign_in(company.executive).post("/t/northwind/setup/figures/").status_code == 403


def test_setup_over_the_api(company: Company, api: Api) -> None:
    admin, cto, executive = api(company.admin), api(company.cto), api(company.executive)
    found = admin.get("/setup/").json()
    states = {step["key"]: step["state"] for step in found["steps"]}
    assert (states["people"], states["engagement"], found["next_step"]) == (
        "done", "open", "calendar",
    )  # fmt: skip
    assert not found["finished"]
    assert admin.post("/setup/calendar/skip/").json()["steps_settled"] == found["steps_settled"] + 1
    assert admin.post("/setup/calendar/resume/").json() == found
    assert cto.post("/setup/engagement/skip/").status_code == 403
    used = cto.post("/setup/figures/", {"figures": ["uptime", "mttr"]}).json()
    assert {step["key"]: step["state"] for step in used["steps"]}["figures"] == "done"
    for wrong in ([], ["uptime", "bogus"], "uptime"):
        assert cto.post("/setup/figures/", {"figures": wrong}).status_code == 422
    with tenant(company.id):
        active = set(Kpi.objects.filter(is_active=True).values_list("key", flat=True))
    assert active == {"uptime", "mttr"}, "what was refused changed nothing"
    assert executive.patch("/setup/", {"dismissed": True}).status_code == 403
    for dismissed in (True, True, False):
        assert admin.patch("/setup/", {"dismissed": dismissed}).json()["dismissed"] is dismissed
    retainer = next(s for s in executive.get("/setup/").json()["steps"] if s["key"] == "retainer")
    assert retainer["may"]
    assert retainer["url"] == "/t/northwind/engagement/terms/new/"


def test_retainer_step_leads_to_the_terms(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.admin)
    start = "/t/northwind/engagement/terms/new/"
    assert client.get(start)["Location"] == "/t/northwind/engagement/new/"
    with tenant(company.id):
        engagement = engagements.engagement_create(
            actor=company.admin, title="CTO", cto=company.cto, starts_on=company.tenant.today
        )
    assert client.get(start)["Location"] == f"/t/northwind/engagement/{engagement.pk}/terms/new/"
