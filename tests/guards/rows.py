"""One row in every table of a tenant, with a canary in every text that it can hold."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, models, transaction

from decisions.tiers import DEFAULT, to_json
from tenants.isolation import tenant, uuid7
from tenants.isolation.models import TenantManager
from tenants.models import Member, Tenant, User
from tests.factories import Company

MONDAY = dt.date(2026, 3, 2)
AT = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)

# What a table's own rules want besides; everything else is found from the fields.
WANTED: dict[str, dict[str, Any]] = {
    "tenants.Member": {"status": "active", "left_at": None},
    "engagements.Charter": {
        "status": "published",
        "published_at": AT,
        "effective_on": MONDAY,
        "review_on": MONDAY,
        "response_times": {},
        "decisions": {},
    },
    "engagements.CommunicationTool": {"link": "", "currency": "USD"},
    "tenants.SetupMark": {"step": "figures"},
    "tenants.Holiday": {"source": "own", "country": "", "subdivision": ""},
    "tenants.StoredFile": {"sha256": "", "target_type": "engagements.engagement"},
    "tenants.Notification": {"link": "audit/", "actions": []},
    "tenants.Reminder": {"link": "audit/", "actions": [], "to": []},
    "tenants.Invitation": {"accepted_at": AT, "revoked_at": None},
    "engagements.Engagement": {"status": "active", "ends_on": None},
    "engagements.EscalationStep": {"member": None},
    "engagements.OffPeriod": {"deputy": None},
    "engagements.Initiative": {"status": "on_track", "done_on": None, "currency": ""},
    "engagements.ImpactWeights": {
        "business_value": 40,
        "resource_demand": 20,
        "timeline": 20,
        "risk": 20,
        "high_from": Decimal("3.7"),
        "medium_from": Decimal("2.5"),
    },
    "engagements.Milestone": {"done_by": None},
    "engagements.GrowthSignal": {"quarter": dt.date(2026, 1, 1)},
    "engagements.Saving": {"status": "entered", "judged_by": None, "currency": "USD"},
    "engagements.FullTimeCost": {"currency": "USD"},
    "engagements.Prioritisation": {"next_due_on": dt.date(2026, 6, 2)},
    "engagements.TimeEntry": {"linked_initiative": None, "removed_at": None, "removed_by": None},
    "engagements.Pause": {"resumes_on": dt.date(2026, 3, 9)},
    "engagements.Terms": {"rollover": "none", "currency": "USD"},
    "engagements.WeekLock": {"unlocked_at": AT},
    "decisions.ApprovalPolicy": {
        "version": 99,
        "currency": "USD",
        "tiers": to_json(DEFAULT, "USD"),
    },
    "decisions.Budget": {"currency": "USD", "committed": 0, "actual": 0, "excepted": 0},
    "decisions.Delegation": {
        "delegate": lambda company: company.members["finance"],
        "ends_at": AT + dt.timedelta(days=1),
        "revoked_at": None,
    },
    "decisions.ExchangeRate": {"currency": "CHF", "rate": Decimal("1.25")},
    "decisions.SpendRequest": {
        "status": "draft",
        "currency": "USD",
        "home_currency": "USD",
        "rate_currency": "USD",
        "kind": "software",
        "criteria": {},
        "counted_with": [],
        "open_commitment": 0,
        "paid_amount": 0,
        "check_at": None,
        "bypassed_by": None,
        "ratified_by": None,
        "initiative": None,
    },
    "decisions.SpendStep": {"roles": ["cto"], "asked": [], "status": "waiting"},
    "decisions.SpendEvent": {"facts": {}},
    "engagements.Notice": {"withdrawn_at": AT},
    "engagements.StatusChange": {"before": "proposed", "after": "active"},
    "engagements.TermsProposal": {
        "status": "declined",
        "rollover": "none",
        "currency": "USD",
        "accepted_by_cto": None,
        "accepted_by_client": None,
        "terms": None,
    },
    "engagements.OverageApproval": {
        "month": dt.date(2026, 3, 1),
        "status": "revoked",
        "decided_at": AT,
        "revoked_at": AT,
        "minutes": 60,
        "kept_minutes": 0,
        "currency": "USD",
    },
    "engagements.Statement": {"month": dt.date(2026, 3, 1)},
    "reviews.WeeklyUpdate": {
        "status": "acknowledged",
        "submitted_at": AT,
        "acknowledged_at": AT,
        "kpis": [],
        "hours": {
            "total_minutes": 60,
            "categories": [],
            "month": "2026-03-01",
            "month_used_minutes": 60,
            "month_available_minutes": None,
            "month_forecast_minutes": None,
            "month_pace_percent": None,
        },
    },
}
SKIPPED = {
    "tenants.Tenant": "made with the company",
    "tenants.AuditEvent": "written by what made the company, with its name",
    "tenants.AuditHead": "written by the database",
    "tenants.Member": "made with the company",
}


SHARED = UUID("01900000-0000-7000-8000-5a5a5a5a5a5a")
"""The id of every filled row, whatever its table: one question asks all tables at once."""


def fill(company: Company, canary: str) -> dict[str, UUID]:
    """A row of every tenant's model in `company`; answers the ids there are: SHARED, a member's.

    Company and people are renamed to the canary too. Raises AssertionError naming each model that
    cannot be filled, so that a new table either gets its row here or an entry in WANTED.
    """
    with tenant(company.id):
        Tenant.objects.filter(pk=company.id).update(name=f"{canary} Ltd")
        for member in company.members.values():
            User.objects.filter(pk=member.user_id).update(name=f"{canary} {member.roles[0]}")
            Member.objects.filter(pk=member.pk).update(title=f"{canary} title")
        made: dict[type, Any] = {Member: company.members["cto"]}
        failed = [
            trouble for model in _ordered() if (trouble := _fill_one(model, made, company, canary))
        ]
    assert not failed, "\n".join(failed)
    assert all(_id(row) in (None, SHARED) for model, row in made.items() if model is not Member)
    return {"any table": SHARED, "a member": company.members["cto"].pk}


def _ordered() -> list[Any]:
    """Tenants' models, each after those it refers to."""
    left = [
        model
        for model in apps.get_models()
        if isinstance(model._default_manager, TenantManager) and model._meta.label not in SKIPPED
    ]
    found: list[Any] = []
    while left:
        ready = [m for m in left if not _targets(m) & (set(left) - {m})]
        assert ready, f"a circle of references: {left}"
        found += ready
        left = [m for m in left if m not in ready]
    return found


def _targets(model: Any) -> set[Any]:
    related = {f.related_model for f in model._meta.local_fields if f.is_relation and not f.null}
    return related | {target for f in model._meta.local_fields if (target := _named_by(f))}


def _named_by(field: Any) -> Any:
    """The model that a bare id such as `kpi_id` refers to, where a hot table has no foreign key."""
    if not isinstance(field, models.UUIDField) or not field.name.endswith("_id") or field.null:
        return None
    name = field.name.removesuffix("_id")
    return next((m for m in apps.get_models() if m._meta.model_name == name), None)


def _fill_one(model: Any, made: dict[type, Any], company: Company, canary: str) -> str:
    label = model._meta.label
    values = {}
    for field in model._meta.local_fields:
        if isinstance(field, models.CompositePrimaryKey) or field.name == "tenant":
            continue
        is_key = field.name == "id" and isinstance(field, models.UUIDField)
        values[field.name] = SHARED if is_key else _value(field, made, company, canary)
    wanted = WANTED.get(label, {})
    values |= {name: v(company) if callable(v) else v for name, v in wanted.items()}
    try:
        with transaction.atomic():
            row = model(**values)
            model._base_manager.bulk_create([row])
    except (IntegrityError, ValueError, TypeError) as error:
        return f"{label}: {' '.join(str(error).split())[:200]}; add what it wants to WANTED"
    made[model] = row
    return ""


def _value(field: Any, made: dict[type, Any], company: Company, canary: str) -> Any:
    if field.is_relation:
        if field.related_model is User:
            return company.members["cto"].user
        return made.get(field.related_model)
    if target := _named_by(field):
        return made[target].pk
    if field.choices:
        return field.choices[0][0]
    if field.name.endswith("zone"):
        return "UTC"
    if isinstance(field, models.CharField | models.TextField):
        room = getattr(field, "max_length", None) or len(canary)
        return canary if room >= len(canary) else canary[:room]
    if isinstance(field, models.JSONField):
        return {canary: canary} if field.get_default() in (None, {}) else [canary]
    if field.has_default() and field.get_default() is not None:
        return field.get_default()
    return _plain(field)


def _plain(field: Any) -> Any:
    if field.null:
        return None
    for kind, value in (
        (models.UUIDField, uuid7()),
        (models.DateTimeField, AT),
        (models.DateField, MONDAY),
        (models.BooleanField, False),
        (models.DecimalField, Decimal(1)),
        (models.FloatField, 1.0),
        (models.IntegerField, 1),
        (models.BinaryField, b"\x01" * 32),
        (models.DurationField, dt.timedelta(minutes=1)),
        (ArrayField, []),
    ):
        if isinstance(field, kind):
            return value
    raise TypeError(f"no value for a {type(field).__name__}")


def _id(row: Any) -> Any:
    try:
        row._meta.get_field("id")
    except FieldDoesNotExist:
        return None
    return row.id
