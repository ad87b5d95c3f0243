"""A request's history in words: who did what, and what followed by itself."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from decisions.models import SpendEvent
from decisions.pages import whole
from tenants.models import Member

SAID = {  # by a person
    "created": "started the request",
    "changed": "changed the draft",
    "submitted": "sent the request",
    "resubmitted": "sent it again",
    "amended": "changed the request",
    "restarted": "made a material change",
    "within_own_authority": "approved within their own authority",
    "approve": "approved",
    "reject": "rejected",
    "abstain": "abstained",
    "recused": "stepped aside: a conflict of interest",
    "changes_requested": "asked for changes",
    "commented": "wrote",
    "withdrawn": "withdrew the request",
    "bypassed": "bypassed the approval in an emergency",
    "ratified": "ratified the emergency",
    "extended": "gave more time",
    "budget_exception": "let it go over its budget line",
    "ordered": "ordered it",
    "invoiced": "recorded invoice",
    "closed": "closed it",
    "benefit_planned": "planned to look at its benefit",
    "benefit_reviewed": "reviewed its benefit",
}
OUR_WORDS = ("restarted", "within_own_authority")  # their notes are Bowline's, not the person's
FOLLOWED = {  # by itself
    "tier_set": "Tier set",
    "asked": "Asked",
    "carried": "Not asked again",
    "step_approved": "Step %(step)s approved",
    "step_rejected": "Step %(step)s rejected",
    "approved": "Approved",
    "reminded": "Reminded",
    "escalated": "Late",
    "rerouted": "Asked others",
    "expired": "Ended: nobody decided in time",
    "not_ratified": "The emergency was not ratified in time",
}
_SHAPES = {
    "created": ("pencil", ""),
    "changed": ("pencil", ""),
    "amended": ("pencil", ""),
    "submitted": ("send", ""),
    "resubmitted": ("send", ""),
    "restarted": ("rotate-ccw", "wait"),
    "approve": ("check", "good"),
    "approved": ("check", "good"),
    "step_approved": ("check", ""),
    "carried": ("check", ""),
    "ratified": ("check", "good"),
    "within_own_authority": ("check", "good"),
    "reject": ("x", "bad"),
    "step_rejected": ("x", ""),
    "withdrawn": ("x", ""),
    "expired": ("x", "bad"),
    "not_ratified": ("warn", "bad"),
    "bypassed": ("warn", "bad"),
    "commented": ("chat", ""),
    "changes_requested": ("chat", "wait"),
    "tier_set": ("sliders", ""),
    "asked": ("user-round", ""),
    "rerouted": ("user-round", ""),
    "escalated": ("up", "wait"),
    "reminded": ("wait", ""),
    "extended": ("wait", ""),
    "invoiced": ("spend", ""),
    "ordered": ("spend", ""),
    "closed": ("square-check", ""),
    "benefit_planned": ("goal", ""),
    "benefit_reviewed": ("goal", "good"),
    "budget_exception": ("warn", ""),
}


@dataclass(frozen=True)
class TrailRow:
    """A line of the history, in words."""

    at: dt.datetime
    who: str
    words: str
    note: str
    icon: str
    state: str
    round: int
    is_said: bool


def trail_rows(events: Iterable[SpendEvent], currency: str) -> list[TrailRow]:
    """The history, newest first as the events come; amounts are in `currency`."""
    return [_row(event, currency) for event in events]


def _row(event: SpendEvent, currency: str) -> TrailRow:
    icon, state = _SHAPES.get(event.verb, ("dots", ""))
    by_itself = event.actor_id is None and event.verb in FOLLOWED
    words = (FOLLOWED if by_itself else SAID | FOLLOWED).get(
        event.verb, event.verb.replace("_", " ")
    )
    behalf: Member | None = event.on_behalf_of
    if behalf is not None:
        words += f" for {behalf.name}"
    more = _MORE.get(event.verb)
    words += more(event.facts, currency) if more else ""
    if "%(step)s" in words:
        words = words.replace("%(step)s", str(event.step or ""))
    elif event.step:
        words += f", step {event.step}"
    return TrailRow(
        event.at,
        "" if by_itself else event.actor_name,
        words,
        event.note,
        icon,
        state,
        event.round,
        event.actor_id is not None and event.verb not in OUR_WORDS,
    )


def _amount(facts: dict[str, Any], name: str, currency: str) -> str:
    found = facts.get(name)
    if found in (None, "") or not (facts.get("currency") or currency):
        return ""
    return whole(Decimal(str(found)), facts.get("currency") or currency)


def _sum(name: str) -> Callable[[dict[str, Any], str], str]:
    def words(facts: dict[str, Any], currency: str) -> str:
        found = _amount(facts, name, currency)
        return f", {found}" if found else ""

    return words


def _people(before: str) -> Callable[[dict[str, Any], str], str]:
    """The names of the people that it is about, after `before`; nothing where there are none."""

    def words(facts: dict[str, Any], _currency: str) -> str:
        names = facts.get("people") or ()
        return f"{before}{', '.join(names)}" if names else ""

    return words


def _invoice(facts: dict[str, Any], currency: str) -> str:
    return f" {facts.get('reference') or ''}, {_amount(facts, 'amount', currency)}"


def _order(facts: dict[str, Any], _currency: str) -> str:
    return f", {facts['reference']}" if facts.get("reference") else ""


def _closing(facts: dict[str, Any], currency: str) -> str:
    is_some = Decimal(str(facts.get("released") or 0)) > 0
    return f", {_amount(facts, 'released', currency)} released" if is_some else ""


def _votes(facts: dict[str, Any], _currency: str) -> str:
    if (facts.get("eligible") or 1) < 2:
        return ""
    return f": {facts.get('in_favour', 0)} for it, {facts['needed']} of {facts['eligible']} needed"


def _hours(facts: dict[str, Any], _currency: str) -> str:
    return f", {facts['hours']} working hours" if facts.get("hours") else ""


_MORE: dict[str, Callable[[dict[str, Any], str], str]] = {
    "submitted": _sum("commitment_amount"),
    "resubmitted": _sum("commitment_amount"),
    "approved": _sum("commitment_amount"),
    "budget_exception": _sum("amount"),
    "asked": _people(" "),
    "reminded": _people(" "),
    "rerouted": _people(": "),
    "escalated": _people(", and passed on to "),
    "invoiced": _invoice,
    "ordered": _order,
    "closed": _closing,
    "step_approved": _votes,
    "step_rejected": _votes,
    "extended": _hours,
}
