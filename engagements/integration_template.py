"""What an integration plan starts with: three phases, from first talks to work across teams."""

from dataclasses import dataclass

from engagements.models import IntegrationActivity

Phase, Kind = IntegrationActivity.Phase, IntegrationActivity.Kind


@dataclass(frozen=True)
class Planned:
    """An activity, and how many days after the start it is planned."""

    phase: str
    kind: str
    title: str
    after_days: int


TEMPLATE = (
    Planned(Phase.INITIAL, Kind.ONE_ON_ONE, "One-on-one with the head of engineering", 3),
    Planned(Phase.INITIAL, Kind.ONE_ON_ONE, "One-on-one with the head of product", 5),
    Planned(Phase.INITIAL, Kind.ONE_ON_ONE, "One-on-one with the head of operations", 7),
    Planned(Phase.INITIAL, Kind.ONE_ON_ONE, "One-on-one with the head of finance", 10),
    Planned(Phase.INITIAL, Kind.OTHER, "Write down team structures and challenges", 14),
    Planned(Phase.DEVELOPMENT, Kind.WORKSHOP, "Workshop: how we build and release", 28),
    Planned(Phase.DEVELOPMENT, Kind.FEEDBACK_SESSION, "Feedback session with the team leads", 35),
    Planned(Phase.DEVELOPMENT, Kind.WORKSHOP, "Workshop: how departments work together", 49),
    Planned(Phase.DEVELOPMENT, Kind.FEEDBACK_SESSION, "Feedback session with the executives", 56),
    Planned(Phase.ONGOING, Kind.PROJECT_MEETING, "First cross-functional project meeting", 70),
    Planned(Phase.ONGOING, Kind.PROJECT_MEETING, "Roadmap alignment across departments", 90),
    Planned(Phase.ONGOING, Kind.OTHER, "Look back: relationships and alignment", 120),
)
