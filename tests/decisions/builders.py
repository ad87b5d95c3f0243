"""Requests, people and budgets, made through the product's own services."""

import datetime as dt
from decimal import Decimal
from typing import Any

from decisions.ladder import ladder_of
from decisions.models import Budget, SpendEvent, SpendRequest
from decisions.route import waiting_rows
from decisions.services.budgets import budget_create
from decisions.services.decide import request_approve
from decisions.services.requests import request_create, request_submit
from tenants.models import Member
from tenants.services import member_add
from tests.factories import BOWLINE, Company

D = Decimal


def add(name: str, *roles: str) -> Member:
    """One more member of the current company."""
    return member_add(
        email=f"{name}@more.example", name=name.title(), roles=list(roles), actor=BOWLINE
    )


def board_of(company: Company, count: int) -> list[Member]:
    """The company's board, made up to `count` members."""
    return [company.board, *(add(f"board{n}", "board") for n in range(2, count + 1))]


def draft(company: Company, amount: str | Decimal = "5000", **fields: Any) -> SpendRequest:
    """A draft of the team member, for a vendor of its own."""
    requester = fields.pop("requester", company.team)
    number = SpendRequest.objects.count()
    facts = {"title": "Telemetry gateway", "vendor": f"Vendor {number}"} | fields
    return request_create(actor=requester, one_off_amount=D(amount), **facts)


def sent(company: Company, amount: str | Decimal = "5000", **fields: Any) -> SpendRequest:
    """A submitted request."""
    request = draft(company, amount, **fields)
    return request_submit(request=request, actor=request.requester)


def approved(company: Company, amount: str | Decimal = "5000", **fields: Any) -> SpendRequest:
    """A request of the first tier, approved by the CTO."""
    request = sent(company, amount, **fields)
    return request_approve(request=request, actor=company.cto)


def line(company: Company, allocated: str | Decimal = "100000", **fields: Any) -> Budget:
    """The budget line of this year."""
    facts: dict[str, Any] = {
        "name": "Technology",
        "starts_on": dt.date(2026, 1, 1),
        "ends_on": dt.date(2026, 12, 31),
    } | fields
    return budget_create(actor=company.finance, allocated=D(allocated), **facts)


def names(request: SpendRequest) -> list[str]:
    """Whom the request waits for."""
    return [row.name for row in waiting_rows(ladder_of(fresh(request)))]


def fresh(request: SpendRequest) -> SpendRequest:
    found: SpendRequest = SpendRequest.objects.with_people().with_steps().get(pk=request.pk)
    return found


def verbs(request: SpendRequest) -> list[str]:
    rows = SpendEvent.objects.filter(request=request).order_by("at", "id")
    return list(rows.values_list("verb", flat=True))
