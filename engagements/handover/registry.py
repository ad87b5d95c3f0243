"""The parts of a handover pack, and how complete they are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.urls import NoReverseMatch

from engagements.models import Engagement
from tenants.notifications.links import link_to

Content = Iterable[str | bytes]
Writer = Callable[[Engagement], Iterable[tuple[str, Content]]]


@dataclass(frozen=True)
class Check:
    """One thing a complete pack has: `gap` says what is missing, `link` where to see to it."""

    holds: bool
    gap: str
    link: str = ""


@dataclass(frozen=True)
class Part:
    """A chapter's share of the pack.

    `writer(engagement)` yields (path in the ZIP, its content in pieces); content is only read when
    its file is written. `completeness(engagement)` answers its checks. `weight` is how much the
    part counts in the score.
    """

    name: str
    label: str
    writer: Writer
    completeness: Callable[[Engagement], Sequence[Check]]
    order: int
    weight: int


PARTS: dict[str, Part] = {}


def register_part(
    name: str,
    label: str,
    *,
    writer: Writer,
    completeness: Callable[[Engagement], Sequence[Check]],
    order: int = 100,
    weight: int = 1,
) -> None:
    """Add a part, from `AppConfig.ready`; a known name is replaced."""
    PARTS[name] = Part(name, label, writer, completeness, order, weight)


def parts() -> list[Part]:
    """All parts in their order."""
    return sorted(PARTS.values(), key=lambda part: (part.order, part.name))


@dataclass(frozen=True)
class PartState:
    """How complete one part is: checks that hold, of all of them."""

    part: Part
    checks: tuple[Check, ...]

    @property
    def gaps(self) -> list[Check]:
        return [check for check in self.checks if not check.holds]

    @property
    def share(self) -> Decimal:
        """From 0 to 1; a part without checks is whole."""
        if not self.checks:
            return Decimal(1)
        return Decimal(len(self.checks) - len(self.gaps)) / len(self.checks)

    @property
    def percent(self) -> int:
        return int((100 * self.share).to_integral_value(ROUND_HALF_UP))


@dataclass(frozen=True)
class Assessment:
    """How complete a pack would be now."""

    states: tuple[PartState, ...]

    @property
    def score(self) -> int:
        """The parts' shares by weight, 0 to 100; 100 only when no gap is left."""
        whole = sum(state.part.weight for state in self.states)
        if not whole:
            return 100
        got = sum((state.part.weight * state.share for state in self.states), Decimal(0))
        score = int((100 * got / whole).to_integral_value(ROUND_HALF_UP))
        return min(score, 99) if self.gaps else score

    @property
    def gaps(self) -> list[tuple[PartState, Check]]:
        return [(state, check) for state in self.states for check in state.gaps]


def assess(engagement: Engagement) -> Assessment:
    """Ask every part how complete it is."""
    return Assessment(
        tuple(PartState(part, tuple(part.completeness(engagement))) for part in parts())
    )


def page(name: str, **kwargs: object) -> str:
    """The link of a page where a gap is closed; the engagement's own where that page is not."""
    try:
        return link_to(name, **kwargs)
    except NoReverseMatch:
        return link_to("engagement_detail")
