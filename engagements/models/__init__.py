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
from engagements.models.engagement import FIRST_YEAR, LAST_YEAR, Engagement, Pause
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
from engagements.models.lifecycle import (
    LIFE_CYCLE,
    TRANSITIONS,
    DailyRun,
    Notice,
    Reminder,
    StatusChange,
    Transition,
    transition_of,
)
from engagements.models.overage import OverageApproval, RetainerAlert
from engagements.models.proposals import OPEN, PROPOSAL_STEPS, Side, TermsProposal
from engagements.models.statements import Statement
from engagements.models.terms import TERMS_FIELDS, AgreedTerms, Terms
from engagements.models.time import MINUTES_A_DAY, WEEK, TimeEntry, WeekLock
from engagements.models.timers import Timer
from engagements.models.value import FullTimeCost, GrowthSignal, Saving, ScopeDismissal

__all__ = [
    "CHECKLIST",
    "CLAUSE_LENGTH",
    "FIRST_YEAR",
    "LAST_YEAR",
    "LIFE_CYCLE",
    "MINUTES_A_DAY",
    "OPEN",
    "PHASE_AIMS",
    "PROPOSAL_STEPS",
    "STATUS_TRANSITIONS",
    "TERMS_FIELDS",
    "TRANSITIONS",
    "WEEK",
    "AgreedTerms",
    "Charter",
    "CharterAcknowledgement",
    "Clause",
    "CommunicationTool",
    "Counting",
    "DailyRun",
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
    "Notice",
    "OffPeriod",
    "OverageApproval",
    "Pause",
    "Prioritisation",
    "Ranking",
    "Reminder",
    "RetainerAlert",
    "RoadmapSettings",
    "Saving",
    "ScopeDismissal",
    "Side",
    "Stakeholder",
    "Statement",
    "StatusChange",
    "Terms",
    "TermsProposal",
    "TimeEntry",
    "Timer",
    "Transition",
    "Urgency",
    "WeekLock",
    "transition_of",
]
