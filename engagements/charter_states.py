"""Where each version of a charter stands, and who has still to acknowledge it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engagements.models import Charter, CharterAcknowledgement, Engagement
from tenants.models import Member

DRAFT, TO_COME, IN_FORCE, REPLACED = "draft", "to_come", "in_force", "replaced"


def state_of(charter: Charter, later: Iterable[tuple[int, dt.date]], today: dt.date) -> str:
    """Draft, to come, in force or replaced on `today`; `later` are (number, first day) of
    published versions. One that begins no later than this one replaces it before it began."""
    if charter.effective_on is None or charter.is_draft:
        return DRAFT
    begun = max(today, charter.effective_on)
    if any(number > charter.number and first <= begun for number, first in later):
        return REPLACED
    return TO_COME if charter.effective_on > today else IN_FORCE


@dataclass(frozen=True)
class Version:
    """A version with its state."""

    charter: Charter
    state: str


def versions_of(engagement: Engagement, today: dt.date) -> list[Version]:
    """All versions of an engagement's charter, the newest first; one query."""
    rows = list(Charter.objects.with_channels().filter(engagement=engagement))
    later = published_days(rows)
    return [Version(row, state_of(row, later, today)) for row in rows]


def published_days(rows: Iterable[Charter]) -> list[tuple[int, dt.date]]:
    return [(c.number, c.effective_on) for c in rows if c.effective_on and not c.is_draft]


@dataclass(frozen=True)
class Acknowledgements:
    """Who has acknowledged a version, the latest first, and who of the active members has not."""

    done: Sequence[CharterAcknowledgement]
    missing: Sequence[Member]

    @property
    def total(self) -> int:
        return len(self.done) + len(self.missing)


def acknowledgements_of(charter: Charter) -> Acknowledgements:
    """Everybody who is asked: active members that may acknowledge; two queries."""
    done = list(CharterAcknowledgement.objects.with_people().filter(charter=charter))
    have = {row.member_id for row in done}
    members = Member.objects.select_related("user").filter(status=Member.Status.ACTIVE)
    missing = [m for m in members if m.pk not in have and m.can("charter.acknowledge")]
    return Acknowledgements(done, sorted(missing, key=lambda m: m.name.casefold()))
