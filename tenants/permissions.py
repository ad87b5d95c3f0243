"""The role matrix: who may do what, as one table.

Rules about a record's state stand in each app's `policies.py`; this says only which roles hold a
right at all. A test walks this table against a literal copy of the truth.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a member comes for (PRODUCT §1); a person can hold several."""

    ADMIN = "admin"
    EXECUTIVE = "executive"
    CTO = "cto"
    FINANCE = "finance"
    BOARD = "board"
    TEAM = "team"
    OBSERVER = "observer"


ROLE_NAMES = {
    Role.ADMIN: "Admin",
    Role.EXECUTIVE: "Executive",
    Role.CTO: "CTO",
    Role.FINANCE: "Finance",
    Role.BOARD: "Board",
    Role.TEAM: "Team",
    Role.OBSERVER: "Observer",
}

_EVERYONE = frozenset(Role)
_A, _E, _C, _F, _B, _T, _O = Role

PERMISSIONS: dict[str, frozenset[Role]] = {
    "tenant.view": _EVERYONE,
    "tenant.manage": frozenset({_A}),
    "member.view": _EVERYONE,
    "member.manage": frozenset({_A}),
    "member.leave": _EVERYONE,
    "api_key.own": _EVERYONE,
    "api_key.manage": frozenset({_A}),
    "audit.view": frozenset({_A, _E, _O}),
    "job.view": frozenset({_A}),
    "job.manage": frozenset({_A}),
    "notification.view": _EVERYONE,  # one's own alone
    "dashboard.view": _EVERYONE,
    "engagement.view": _EVERYONE,
    "engagement.manage": frozenset({_A, _E}),
    "engagement.attach": frozenset({_A, _E, _C}),  # its documents
    "handover.build": frozenset({_A, _E, _C}),
    "terms.view": frozenset({_A, _E, _C, _F, _B, _O}),  # what the engagement costs
    "terms.manage": frozenset({_A, _E}),
    "terms.propose": frozenset({_A, _E, _C}),  # the policy says for which side
    "engagement.notice": frozenset({_A, _E, _C}),
    "overage.request": frozenset({_C}),
    "overage.approve": frozenset({_A, _E}),
    "statement.close": frozenset({_A, _E, _C}),
    "time.view": frozenset({_A, _E, _C, _F, _B, _O}),
    "time.log": frozenset({_C}),
    "time.unlock": frozenset({_A}),
    "time.lock": frozenset({_A, _C}),  # again, what was unlocked
    "charter.view": _EVERYONE,
    "charter.manage": frozenset({_A, _E, _C}),
    "charter.publish": frozenset({_A, _E}),  # the client puts it in force
    "charter.acknowledge": _EVERYONE - {_O},
    "coverage.view": _EVERYONE,
    "coverage.plan": _EVERYONE - {_O},  # one's own absence
    "coverage.manage": frozenset({_A, _E}),  # anybody's
    "integration.view": _EVERYONE,
    "integration.manage": frozenset({_A, _E, _C}),
    "stakeholder.view": frozenset({_A, _E, _C, _F, _B, _O}),
    "stakeholder.manage": frozenset({_E, _C}),  # and who reads attitude and notes
    "communication.view": _EVERYONE,
    "communication.manage": frozenset({_A, _E, _C}),
    "initiative.view": _EVERYONE,
    "initiative.manage": frozenset({_A, _E, _C}),
    "initiative.progress": frozenset({_A, _E, _C, _T}),  # the team: of one's own
    "initiative.weigh": frozenset({_A, _E}),
    "signal.enter": frozenset({_A, _E, _C, _F}),
    "saving.enter": frozenset({_A, _E, _C, _F}),
    "saving.verify": frozenset({_E, _F}),  # never who entered it
    "kpi.view": _EVERYONE,
    "kpi.manage": frozenset({_A, _C}),
    "kpi.target": frozenset({_A, _C, _E}),
    "kpi.measure": frozenset({_A, _C, _T}),
    "kpi.import": frozenset({_A, _C}),
    "update.view": _EVERYONE,
    "update.write": frozenset({_C}),
    "update.acknowledge": frozenset({_A, _E}),
    "update.comment": _EVERYONE - {_O},
    "spend.view": _EVERYONE,
    "spend.request": _EVERYONE - {_O},
    "spend.decide": _EVERYONE - {_O},  # narrowed to who is asked, or stands in for them
    "spend.bypass": frozenset({_E}),
    "spend.ratify": frozenset({_F, _B}),
    "spend.order": _EVERYONE - {_B, _O},  # of those, the requester and who runs the buying
    "spend.pay": frozenset({_A, _F}),
    "approval_policy.view": _EVERYONE,
    "approval_policy.manage": frozenset({_A}),
    "budget.view": _EVERYONE,
    "budget.manage": frozenset({_A, _F}),
    "budget.except": frozenset({_F}),
    "exchange_rate.view": _EVERYONE,
    "exchange_rate.manage": frozenset({_A, _F}),
    "delegation.view": _EVERYONE,
    "delegation.manage": _EVERYONE - {_O},  # each for themselves
}


def roles_can(roles: list[str] | frozenset[str], permission: str) -> bool:
    """Whether any of `roles` holds `permission`; KeyError for a permission that is not listed."""
    return not PERMISSIONS[permission].isdisjoint(roles)


def holders_of(permission: str) -> str:
    """The roles that hold it, in words: "Admin, Executive or CTO"."""
    names = [ROLE_NAMES[role] for role in Role if role in PERMISSIONS[permission]]
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
