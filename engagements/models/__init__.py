"""What was agreed with a CTO, since when, and the time that was worked: one file a noun."""

from engagements.models.charter import (
    CLAUSE_LENGTH,
    Charter,
    CharterAcknowledgement,
    Clause,
    Counting,
    DecisionKind,
    DecisionRule,
    EscalationStep,
    MoneyLimit,
    Urgency,
)
from engagements.models.communication import CHECKLIST, CommunicationTool
from engagements.models.coverage import OffPeriod
from engagements.models.engagement import (
    FIRST_YEAR,
    LAST_YEAR,
    TRANSITIONS,
    Engagement,
    Pause,
)
from engagements.models.handover import HandoverPack
from engagements.models.initiatives import (
    STATUS_TRANSITIONS,
    ImpactWeights,
    Initiative,
    Milestone,
    Prioritisation,
    Ranking,
    RoadmapSettings,
)
from engagements.models.integration import PHASE_AIMS, IntegrationActivity, Stakeholder
from engagements.models.terms import Terms
from engagements.models.time import MINUTES_A_DAY, WEEK, TimeEntry, WeekLock
from engagements.models.value import FullTimeCost, GrowthSignal, Saving, ScopeDismissal

__all__ = [
    "CHECKLIST",
    "CLAUSE_LENGTH",
    "FIRST_YEAR",
    "LAST_YEAR",
    "MINUTES_A_DAY",
    "PHASE_AIMS",
    "STATUS_TRANSITIONS",
    "TRANSITIONS",
    "WEEK",
    "Charter",
    "CharterAcknowledgement",
    "Clause",
    "CommunicationTool",
    "Counting",
    "DecisionKind",
    "DecisionRule",
    "Engagement",
    "EscalationStep",
    "FullTimeCost",
    "GrowthSignal",
    "HandoverPack",
    "ImpactWeights",
    "Initiative",
    "IntegrationActivity",
    "Milestone",
    "MoneyLimit",
    "OffPeriod",
    "Pause",
    "Prioritisation",
    "Ranking",
    "RoadmapSettings",
    "Saving",
    "ScopeDismissal",
    "Stakeholder",
    "Terms",
    "TimeEntry",
    "Urgency",
    "WeekLock",
]
