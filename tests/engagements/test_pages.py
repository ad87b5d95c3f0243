"""Pages of the engagement and its terms, as each role sees and uses them."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from engagements.models import (
    Engagement,
    Initiative,
    IntegrationActivity,
    Saving,
    Stakeholder,
    Terms,
)
from tenants.isolation import tenant
from tenants.permissions import Role
from tenants.services import member_remove, member_set_roles
from tests.engagements.builders import D, add_terms, log, make_engagement
from tests.engagements.pages import BASE, ENTRY, HTMX, MONDAY, TIME, TODAY, SignIn, text_of
from tests.factories import Company

# ---- who sees what ----


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_engagement_page_shows_each_role_its_part(
    company: Company, running: Engagement, sign_in: SignIn, role: str
) -> None:
    response = sign_in(company.member(role)).get(BASE)
    page = text_of(response)
    assert response.status_code == 200
    assert "Cto Northwind" in page
    assert ("$8,000" in page) == (role != "team")
    assert ("of 40 hours used" in page) == (role != "team")
    assert ("Record agreed terms" in page) == (role in ("admin", "executive"))
    assert ("Propose a change" in page) == (role in ("admin", "executive", "cto"))
    assert ("?to=ended" in page) == (role in ("admin", "executive"))
    assert ("Give notice" in page) == (role in ("admin", "executive", "cto"))


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_time_page_is_closed_to_the_team_and_written_by_the_cto(
    company: Company, running: Engagement, sign_in: SignIn, role: str
) -> None:
    client = sign_in(company.member(role))
    response = client.get(TIME)
    assert response.status_code == (403 if role == "team" else 200)
    assert ("Add the first entry above" in text_of(response)) == (role == "cto")
    assert client.post(TIME, ENTRY).status_code == (303 if role == "cto" else 403)


def test_pages_without_an_engagement_say_who_acts(company: Company, sign_in: SignIn) -> None:
    assert "Set up the engagement" in text_of(sign_in(company.executive).get(BASE))
    page = text_of(sign_in(company.cto).get(BASE))
    assert "Set up the engagement" not in page
    assert "An admin or an executive of Northwind sets it up" in page
    assert "No hours yet" in text_of(sign_in(company.cto).get(TIME))
    assert sign_in(company.cto).get(f"{TIME}export/").status_code == 404


def test_pages_of_another_company_are_not_there(
    company: Company, other_company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        entry = log(running, company, TODAY)
    client = sign_in(other_company.admin)
    assert client.get(BASE).status_code == 404
    foreign = "/t/contoso/engagement/"
    addresses = [
        f"?engagement={running.pk}",
        f"{running.pk}/edit/",
        f"{running.pk}/terms/new/",
        f"time/?engagement={running.pk}",
    ]
    for address in addresses:
        assert client.get(foreign + address).status_code == 404
    assert client.post(f"{foreign}{running.pk}/status/", {"status": "ended"}).status_code == 404
    cto = sign_in(other_company.cto)
    assert cto.post(f"{foreign}time/{entry.pk}/delete/").status_code == 404
    assert cto.get(f"{foreign}time/{entry.pk}/edit/").status_code == 404


def test_suspended_company_is_read_only(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        company.tenant.status = "suspended"
        company.tenant.save()
    client = sign_in(company.cto)
    assert client.get(TIME).status_code == 200
    assert client.post(TIME, ENTRY).status_code == 403


# ---- engagement and terms ----


def engagement_form(company: Company, **fields: str) -> dict[str, str]:
    return {
        "title": "Fractional CTO",
        "purpose": "Scale",
        "cto": str(company.cto.pk),
        "sponsor": str(company.executive.pk),
        "starts_on": "2026-10-01",
        "ends_on": "",
        "model": "enabler",
    } | fields


def test_engagement_create_leads_to_its_terms(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.executive)
    assert client.get(f"{BASE}new/").status_code == 200
    response = client.post(f"{BASE}new/", engagement_form(company))
    with tenant(company.id):
        created = Engagement.objects.get()
    assert response.status_code == 303
    assert response["Location"] == f"{BASE}{created.pk}/terms/new/"
    assert (created.status, created.model, created.sponsor_id) == (
        "proposed", "enabler", company.executive.pk,
    )  # fmt: skip


def test_engagement_create_keeps_what_was_typed_and_says_what_is_wrong(
    company: Company, sign_in: SignIn
) -> None:
    form = engagement_form(company, cto=str(company.finance.pk), ends_on="2026-09-01")
    response = sign_in(company.executive).post(f"{BASE}new/", form)
    assert response.status_code == 422
    assert "Choose one from the list" in text_of(response)
    response = sign_in(company.executive).post(
        f"{BASE}new/", engagement_form(company, ends_on="2026-09-01", purpose="Kept words")
    )
    assert response.status_code == 422
    assert "The end is before the start" in text_of(response)
    assert "Kept words" in text_of(response)


def test_engagement_update_saves(company: Company, running: Engagement, sign_in: SignIn) -> None:
    client = sign_in(company.admin)
    address = f"{BASE}{running.pk}/edit/"
    assert 'value="2026-09-01"' in client.get(address).content.decode()
    form = engagement_form(company, title="Second year", starts_on="2026-09-01", sponsor="")
    assert client.post(address, form).status_code == 303
    with tenant(company.id):
        running.refresh_from_db()
        assert (running.title, running.sponsor_id) == ("Second year", None)
    assert sign_in(company.cto).get(address).status_code == 403


def test_engagement_of_a_cto_who_left_is_edited_without_naming_another(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    with tenant(company.id):
        member_set_roles(member=company.cto, actor=company.admin, roles=["team"])
        member_remove(member=company.cto, actor=company.admin)
    client = sign_in(company.admin)
    address = f"{BASE}{running.pk}/edit/"
    assert f'value="{company.cto.pk}" selected' in client.get(address).content.decode()
    form = engagement_form(company, title="Handed over", starts_on="2026-09-01")
    assert client.post(address, form).status_code == 303


def test_engagement_moves_by_its_buttons(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    address = f"{BASE}{running.pk}/status/"
    page = text_of(client.get(f"{address}?to=paused"))
    assert "No hours are granted from today on" in page
    assert "Granted after this step</dt><dd><b>18.07 h" in page  # 14 of 31 days of 40 hours
    assert client.post(address, {"status": "paused"}).status_code == 422  # it asks why
    budget = {"reason": "Budget freeze"}
    assert client.post(address, {"status": "paused"} | budget).status_code == 303
    page = text_of(client.get(BASE))
    assert "Resume" in page
    assert "Budget freeze" in page
    assert client.post(address, {"status": "proposed"}).status_code == 409
    assert client.post(address, {"status": "odd"}).status_code == 422
    assert client.get(address).status_code == 422
    assert client.post(address, {"status": "ended"} | budget).status_code == 303
    assert client.post(address, {"status": "active"}).status_code == 409
    page = text_of(client.get(BASE))
    assert "Set up a new engagement" in page
    assert "Record agreed terms" not in page


def terms_form(**fields: str) -> dict[str, str]:
    return {
        "effective_on": "2026-11-01",
        "scope_level": "intensive",
        "hours_per_month": "60",
        "monthly_fee": "11400",
        "notice_days": "60",
        "rollover": "capped",
        "rollover_cap_minutes": "10",
        "rollover_expiry_months": "2",
        "overage_rate": "",
        "po_number": "PO-7",
    } | fields


def test_terms_page_starts_with_the_latest_from_next_month(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    page = sign_in(company.executive).get(f"{BASE}{running.pk}/terms/new/").content.decode()
    assert 'value="2026-11-01"' in page
    assert 'value="40"' in page
    assert 'value="8000"' in page
    assert "Hours and fee stay as they are" in page


def test_terms_preview_compares_cost_and_hours_without_saving(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    address = f"{BASE}{running.pk}/terms/new/"
    whole = client.post(address, terms_form(preview="1"))
    part = client.post(address, terms_form(preview="1"), headers=HTMX)
    assert (whole.status_code, part.status_code) == (200, 200)
    for page in (text_of(whole), text_of(part)):
        assert "$8,000" in page
        assert "$11,400" in page
        assert "$136,800" in page
        assert "+20 h and +$3,400 a month" in page
    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    with tenant(company.id):
        assert Terms.objects.count() == 1


def test_terms_add_stores_hours_of_the_cap_as_minutes(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    client = sign_in(company.executive)
    address = f"{BASE}{running.pk}/terms/new/"
    assert client.post(address, terms_form()).status_code == 303
    with tenant(company.id):
        terms = Terms.objects.in_force_on(D(2026, 11, 1)).first()
    assert (terms.rollover_cap_minutes, terms.po_number) == (600, "PO-7")
    assert terms.monthly_fee == Decimal(11400)
    again = client.post(address, terms_form(rollover_expiry_months=""))
    assert again.status_code == 422
    assert "There are terms from this date already" in text_of(again)
    lapse = terms_form(effective_on="2026-12-01", rollover="none")
    assert client.post(address, lapse).status_code == 303
    assert "Up to 10 h roll over" in text_of(client.get(BASE))


# ---- a fixed number of queries ----

SHELL = 5  # login with memberships, transaction, seat, tenant unset


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_read_a_fixed_number_of_queries(
    company: Company,
    sign_in: SignIn,
    rows: int,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    with tenant(company.id):
        for place in range(rows):
            engagement = make_engagement(company, title=f"Engagement {place}")
            for month in range(1, rows + 1):
                add_terms(engagement, company, effective_on=D(2026, 8 + month, 1))
            for _ in range(rows):
                log(engagement, company, MONDAY, 30)
    client = sign_in(company.cto)
    client.get(BASE)
    with django_assert_num_queries(SHELL + 10):
        assert client.get(BASE).status_code == 200
    with django_assert_num_queries(SHELL + 8):
        assert client.get(TIME).status_code == 200
    with django_assert_num_queries(SHELL + 2):
        assert client.get(f"{TIME}export/").status_code == 200


def test_hours_above_are_asked_for_by_the_cto_and_approved_by_the_client(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    cto, executive = sign_in(company.cto), sign_in(company.executive)
    here = f"/t/{company.slug}/engagement/{running.pk}/overage/"
    page = text_of(cto.get(f"{here}request/"))
    assert "Ask the client" in page
    assert "At most" not in page, "a cap is the client's to set"
    assert "At most" in text_of(executive.get(f"{here}approve/"))
    ask = {"month": "2026-10", "minutes": "2", "rate": "240", "note": "Night of the move"}
    assert cto.post(f"{here}request/", ask | {"minutes": "many"}).status_code == 422
    assert cto.post(f"{here}request/", ask).status_code == 303
    assert cto.get(f"{here}approve/").status_code == 403


def test_form_that_is_sent_twice_makes_one(
    company: Company, running: Engagement, sign_in: SignIn
) -> None:
    base, cto = f"/t/{company.slug}", sign_in(company.cto)
    scores = dict.fromkeys(("business_value", "resource_demand", "timeline", "risk"), "3")
    sent: list[tuple[str, str, dict[str, str], Callable[[], int]]] = [
        (
            "initiatives/new/", "initiatives/new/",
            {"title": "Twice", "horizon": "short", **scores}, lambda: Initiative.objects.count(),
        ),
        (
            "engagement/working/people/new/", "engagement/working/people/new/",
            {"name": "Ada Byron", "influence": "3", "support": "3"},
            lambda: Stakeholder.objects.count(),
        ),
        (
            "engagement/working/plan/new/", "engagement/working/plan/new/",
            {"title": "Twice", "phase": "initial", "kind": "workshop", "status": "planned"},
            lambda: IntegrationActivity.objects.filter(title="Twice").count(),
        ),
        (
            f"engagement/{running.pk}/cost/", f"engagement/{running.pk}/cost/savings/",
            {"title": "Broker off", "amount": "100", "saved_on": "2026-10-01",
             "evidence": "Invoices before and after"}, lambda: Saving.objects.count(),
        ),
    ]  # fmt: skip
    for page, address, data, count in sent:
        form = re.search(r'name="form_id" value="([^"]+)"', text_of(cto.get(f"{base}/{page}")))
        assert form is not None, page
        body = data | {"form_id": form[1]}
        codes = [cto.post(f"{base}/{address}", body).status_code for _ in range(2)]
        assert codes == [303, 303], page
        with tenant(company.id):
            assert count() == 1, page
