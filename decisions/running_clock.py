"""The clock of an open step, for the page: how much of the time is over, and who comes next."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from decisions import charter
from decisions.ladder import Ladder


@dataclass(frozen=True)
class RunningClock:
    """`percent` of the time that is over, and what happens at its end in words."""

    is_running: bool
    percent: Decimal
    next_words: str


def clock_of(ladder: Ladder, now: dt.datetime) -> RunningClock | None:
    """Of the open step that is due first; None where nobody is asked. At most three queries."""
    timed = [
        (state.step.due_at, state.step.opened_at, state)
        for state in ladder.open
        if state.step.due_at is not None and state.step.opened_at is not None
    ]
    if not any(state.waiting for _due, _opened, state in timed):
        return None
    due, opened, state = min(timed, key=lambda each: each[0])
    step, day = state.step, now.astimezone(ladder.request.tenant.zone).date()
    whole = due - opened
    share = min(max(100 * ((now - opened) / whole), 0), 100) if whole > dt.timedelta(0) else 100
    path = charter.path_of(charter.boundaries_on(day, state.asked.ids))
    fresh = state.passes_to(path)[1] if step.escalate_at is not None else ()
    return RunningClock(
        now < due,
        Decimal(share).quantize(Decimal("0.1")),
        _next_words(
            [person.name for person in fresh],
            is_late=step.escalated_at is not None,
            above=[person.name for person in state.above.people],
        ),
    )


def _next_words(names: list[str], *, is_late: bool, above: list[str]) -> str:
    if names:
        them = " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
        return f"Then {them} can decide too."
    if is_late and above:
        return f"{' and '.join(above)} can decide too by now."
    return "There is nobody above: those who are asked are reminded."
