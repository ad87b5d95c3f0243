"""The trail of a request: one line in its own list, one in the company's audit trail."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from decisions import moment
from decisions.models import SpendEvent, SpendRequest
from tenants import audit
from tenants.audit import Actor
from tenants.audit.models import AuditEvent
from tenants.isolation.rows import insert_all
from tenants.models import Member

_AUDITED = {  # said at a step: one word of several, not the request's own fate
    "approve": "approval_given",
    "reject": "rejection_given",
    "abstain": "abstention_given",
    "recused": "recusal_given",
}


@dataclass
class _Lines:
    """What is recorded and not yet written."""

    events: list[SpendEvent] = field(default_factory=list)
    audited: list[AuditEvent] = field(default_factory=list)


_lines: ContextVar[_Lines | None] = ContextVar("bowline_spend_lines", default=None)


@contextmanager
def gathered() -> Iterator[None]:
    """Write what is recorded inside in one statement a table, at the end or at `flush`.

    An error forgets what was not written: its transaction is undone. Blocks may be nested, each
    writes its own lines.
    """
    token = _lines.set(_Lines())
    try:
        yield
        flush()
    finally:
        _lines.reset(token)


def flush() -> None:
    """Write what was gathered so far; nothing outside `gathered`."""
    lines = _lines.get()
    if lines is not None:
        _write(lines)


def _write(lines: _Lines) -> None:
    if lines.events:
        insert_all(lines.events)
    if lines.audited:
        audit.record_all(lines.audited)
    lines.events, lines.audited = [], []


def record(
    request: SpendRequest,
    *,
    actor: Actor,
    verb: str,
    note: str = "",
    on_behalf_of: Member | None = None,
    step: int | None = None,
    audited: bool = True,
    facts: dict[str, Any] | None = None,
    **more: Any,
) -> None:
    """Append what happened: who, when, on whose behalf, under which policy version and step.

    `audited` False keeps what follows from an audited act (a step that opens) out of the company's
    trail.
    """
    version = request.policy.version if request.policy is not None else None
    plain: dict[str, Any] = audit.plain((facts or {}) | more)
    event = SpendEvent(
        request=request,
        round=request.round,
        at=moment.now(),
        verb=verb,
        actor=actor if isinstance(actor, Member) else None,
        actor_name=actor.actor_name[:200],
        on_behalf_of=on_behalf_of,
        policy_version=version,
        step=step,
        note=note,
        facts=plain,
    )
    lines = _lines.get() or _Lines()
    lines.events.append(event)
    if audited:
        where = {"policy_version": version, "step": step} if step else {}
        behalf = {"on_behalf_of": on_behalf_of.name} if on_behalf_of else {}
        said = {"note": note} if note else {}
        lines.audited.append(
            audit.event(
                actor=actor,
                verb=f"spend_request.{_AUDITED.get(verb, verb)}",
                target=request,
                changes={**where, **behalf, **said, **plain},
            )
        )
    if _lines.get() is None:
        _write(lines)
