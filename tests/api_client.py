"""A client of the API as one caller: `api(company.cto).post("/members/", {...})`."""

import json
from typing import Any

from django.test import Client

from tenants.audit.actors import SystemActor
from tenants.isolation import tenant
from tenants.models import Member
from tenants.services import api_key_create

BASE = "/api/v1"


def key_of(member: Member) -> str:
    """A new key that acts as this member."""
    with tenant(member.tenant_id):
        return api_key_create(actor=SystemActor(), name="test", member=member)[1]


def service_key(tenant_id: Any, *scopes: str) -> str:
    """A new service key with these scopes."""
    with tenant(tenant_id):
        return api_key_create(actor=SystemActor(), name="service", scopes=list(scopes))[1]


class ApiClient:
    """Sends JSON with a key; paths are relative to /api/v1 (whole addresses work too)."""

    def __init__(self, key: str = "") -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The response; header names are written with underscores (If_Match=…)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data: Any = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        address = path if path.startswith(("/api/", "http")) else BASE + path
        return self.client.generic(
            method, address, data, content_type="application/json", headers=self.headers | named
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.call("DELETE", path, **headers)
