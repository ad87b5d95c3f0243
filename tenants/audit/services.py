"""Writing the trail."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from tenants.audit.actors import Actor
from tenants.audit.models import AuditEvent
from tenants.isolation.request_ids import request_id
from tenants.isolation.rows import insert_all


def record(
    *,
    actor: Actor,
    verb: str,
    target: models.Model | None = None,
    changes: dict[str, Any] | None = None,
) -> AuditEvent:
    """Append one event to the current tenant's trail, in the caller's transaction.

    `verb` is `<noun>.<what happened>`; `changes` is `{field: [before, after]}` or plain facts.
    Never put a secret or an anonymous answer into `changes`.
    """
    found = event(actor=actor, verb=verb, target=target, changes=changes)
    found.save(force_insert=True)
    return found


def record_all(events: Iterable[AuditEvent]) -> None:
    """Append what `event` made, in its order, in one statement."""
    insert_all(list(events))


def event(
    *,
    actor: Actor,
    verb: str,
    target: models.Model | None = None,
    changes: dict[str, Any] | None = None,
) -> AuditEvent:
    """What `record` appends, not yet written: for writers of several, see `record_all`."""
    return AuditEvent(
        actor_id=actor.actor_id,
        actor_name=actor.actor_name[:200],
        verb=verb,
        target_type=str(target._meta.model_name) if target is not None else "",
        target_id=target.pk if target is not None else None,
        target_label=str(target)[:300] if target is not None else "",
        changes=plain(changes or {}),
        request_id=request_id.get(),
    )


def changed(before: models.Model, after: models.Model, fields: list[str]) -> dict[str, list[Any]]:
    """`{field: [before, after]}` of the fields that differ between two states of a row."""
    pairs = {name: [getattr(before, name), getattr(after, name)] for name in fields}
    return {name: plain(pair) for name, pair in pairs.items() if pair[0] != pair[1]}


def plain(value: Any) -> Any:
    """The value as JSON holds it: exact decimals as text, instants in UTC, ids as text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(item) for item in value]
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, models.Model):
        return str(value.pk)
    return value
