"""A refused call to the API stays in the trail."""

from collections.abc import Callable
from typing import Any

from tenants.isolation import tenant
from tenants.models import AuditEvent
from tests.factories import Company


def test_denied_call_is_recorded_although_it_is_rolled_back(
    company: Company, api: Callable[[Any], Any]
) -> None:
    answer = api(company.team).patch("/api/v1/tenant/", {"name": "Mine"}, format="json")
    assert answer.status_code == 403
    with tenant(company.id):
        event = AuditEvent.objects.get(verb="access.denied")
    assert event.actor_id == company.team.pk
    assert event.changes == {"method": "PATCH", "path": "/api/v1/tenant/"}
