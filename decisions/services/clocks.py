"""What time does to requests: reminders, escalation, expiry, and emergencies nobody ratified."""

import datetime as dt

from django.db import transaction

from decisions import charter, clocks, moment, notices
from decisions.ladder import StepState
from decisions.locks import remember
from decisions.models import SpendRequest
from decisions.routing import roles_in_words
from decisions.services import ladder as moving
from decisions.services.ladder import BOWLINE
from decisions.services.trail import gathered, record
from tenants.errors import DomainError

Status = SpendRequest.Status


def check_next() -> bool:
    """Look at one request whose clock says so; answers whether there may be more.

    Harmless when repeated: each thing is done once, and written down with it.
    """
    with transaction.atomic(), gathered():
        found: SpendRequest | None = (
            SpendRequest.objects.with_people()
            .due_to_check()
            .select_for_update(of=("self",), no_key=True, skip_locked=True)
            .first()
        )
        if found is None:
            return False
        remember(found)
        request_check(found)
    return True


def request_check(request: SpendRequest) -> None:
    """Do what is due on a request that the caller holds, and say when to look again."""
    now = moment.now()
    if request.status in (Status.SUBMITTED, Status.CHANGES_REQUESTED):
        if request.expires_at is not None and request.expires_at <= now:
            _expire(request)
        elif request.status == Status.SUBMITTED:
            _look(request, now)
        else:
            request.check_at = request.expires_at
            request.save(update_fields=["check_at", "updated_at"])
    elif request.is_bypass_open and request.unratified_at is None:
        _flag(request, now)
    else:
        request.check_at = None
        request.save(update_fields=["check_at", "updated_at"])


def _look(request: SpendRequest, now: dt.datetime) -> None:
    """Remind and escalate; follow people who left or came."""
    for state in moving.ladder_now(request).open:
        if state.step.escalate_at is not None and state.step.escalate_at <= now:
            _escalate(request, state, now)
        elif (at := moving.remind_at(state.step)) and at <= now and state.step.reminded_at is None:
            _remind(request, state, now)
    try:
        with transaction.atomic(), gathered():
            moving.advance(request, moving.ladder_now(request))
    except DomainError:  # the budget has no room: it waits for finance, the clocks go on
        request.refresh_from_db()
        remember(request)
        request.check_at = now + moving.RECHECK
        request.save(update_fields=["check_at", "updated_at"])


def _escalate(request: SpendRequest, state: StepState, now: dt.datetime) -> None:
    """A step that is late passes to the next rung of its path that has somebody; nobody is taken
    off it. After the same hours again it passes on, until the path ends."""
    step = state.step
    boundaries = charter.boundaries_on(now.astimezone(request.tenant.zone).date(), state.asked.ids)
    rungs, fresh, is_more = state.passes_to(charter.path_of(boundaries))
    step.escalated_to = [*step.escalated_to, *rungs]
    step.escalated_at = now
    step.escalate_at = clocks.due_after(now, step.hours, request.tenant) if is_more else None
    step.above = sorted({*state.above.ids, *(person.id for person in fresh)})
    step.save(update_fields=["escalated_at", "escalate_at", "escalated_to", "above"])
    names = [person.name for person in fresh]
    if names:
        roles = roles_in_words(step.escalated_to[-1:])
        where = ", ".join(filter(None, (roles, boundaries.source if boundaries else "")))
        note = f"Late. {', '.join(names)} ({where}) can decide now too."
    else:
        note = "Late, and there is nobody above: those who are asked are reminded."
    record(request, actor=BOWLINE, verb="escalated", note=note, step=step.position, people=names)
    notices.tell_late(request, state, {person.id for person in fresh})


def _remind(request: SpendRequest, state: StepState, now: dt.datetime) -> None:
    step = state.step
    step.reminded_at = now
    step.save(update_fields=["reminded_at"])
    record(
        request,
        actor=BOWLINE,
        verb="reminded",
        step=step.position,
        audited=False,
        people=[person.name for person in state.waiting],
        due_at=step.due_at,
    )
    notices.tell_due(request, state)


def _expire(request: SpendRequest) -> None:
    """Nobody decided, or nobody changed it, in the time that the policy gives."""
    record(request, actor=BOWLINE, verb="expired", note="Nobody decided in time.")
    moving.conclude(request, Status.EXPIRED)
    notices.tell_decided(request, actor=BOWLINE)


def _flag(request: SpendRequest, now: dt.datetime) -> None:
    """An emergency that nobody ratified in time: said loudly, never silently undone."""
    if request.ratify_due_at is None or request.ratify_due_at > now:
        request.check_at = request.ratify_due_at
        request.save(update_fields=["check_at", "updated_at"])
        return
    request.unratified_at, request.check_at = now, None
    request.save(update_fields=["unratified_at", "check_at", "updated_at"])
    name = request.bypassed_by.name if request.bypassed_by is not None else "An executive"
    record(
        request,
        actor=BOWLINE,
        verb="not_ratified",
        note=f"{name} bypassed the approval, and nobody ratified it in time.",
    )
    notices.tell_not_ratified(request)
