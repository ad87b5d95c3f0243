"""What is taken away by two clicks, without a script, is said to be gone."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from engagements.models import CommunicationTool, IntegrationActivity
from engagements.services import stakeholder_add
from tenants.calendars.services import holiday_add
from tenants.isolation import tenant
from tests.engagements.boundary_builders import draft
from tests.engagements.builders import log, make_engagement
from tests.factories import BOWLINE, Company

SAID = {
    "activity_delete": "This activity had been removed already.",
    "person_delete": "This person had been taken off the map already.",
    "tool_delete": "This platform had been removed already.",
    "charter_discard": "This draft had been discarded already.",
    "holiday_delete": "This day had been removed already.",
    "time_delete": "This time had been deleted already.",
}


def rows(company: Company) -> dict[str, Any]:
    """A row that each of these pages takes away."""
    with tenant(company.id):
        engagement = make_engagement(company)
        return {
            "activity_delete": IntegrationActivity.objects.filter(engagement=engagement)[0],
            "person_delete": stakeholder_add(engagement=engagement, actor=BOWLINE, name="Ann Bell"),
            "tool_delete": CommunicationTool.objects.all()[0],
            "charter_discard": draft(engagement, company),
            "holiday_delete": holiday_add(
                tenant=company.tenant, actor=BOWLINE, date=dt.date(2026, 12, 24), name="Our day"
            ),
            "time_delete": log(engagement, company, company.tenant.today, 30),
        }


def test_second_click_says_that_it_is_gone(
    company: Company, sign_in: Callable[[Any], Client]
) -> None:
    clients = {role: sign_in(company.member(role)) for role in ("admin", "cto")}
    there = rows(company)
    assert there.keys() == SAID.keys()
    for name, row in there.items():
        client = clients["admin" if name == "holiday_delete" else "cto"]
        at = reverse(name, args=[company.slug, row.pk])
        assert client.post(at).status_code == 303
        again = client.post(at)
        assert again.status_code == 303, name
        page = client.get(again["Location"])
        assert page.status_code == 200, name
        assert SAID[name] in page.content.decode()
    plan = reverse("activity_delete", args=[company.slug, there["activity_delete"].pk])
    assert clients["admin"].post(plan).status_code == 404, "another learns nothing"
