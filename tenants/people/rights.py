"""The role matrix in words: what each role is for, what each right lets a person do."""

from collections.abc import Iterable
from dataclasses import dataclass

from tenants.permissions import PERMISSIONS, ROLE_NAMES, Role, roles_can

ROLE_WORDS = {
    Role.ADMIN: "Sets the company up: people, roles, approval tiers, key figures, keys.",
    Role.EXECUTIVE: "Reads the dashboard, agrees on terms and hours, answers the weekly update.",
    Role.CTO: "Logs hours, writes the weekly update, keeps figures and roadmap, approves spend.",
    Role.FINANCE: "Reads what the engagement costs, approves spend, keeps budgets.",
    Role.BOARD: "Reads what the others read, and votes on large spend.",
    Role.TEAM: "Gives input, reports figures, asks for spend. Does not see costs or hours.",
    Role.OBSERVER: "Reads what the others read, and changes nothing.",
}
WORDS = {
    "tenant.view": "See the company's settings",
    "tenant.manage": "Change the company's settings",
    "member.view": "See who is here and what they may",
    "member.manage": "Invite people, give roles, remove people",
    "member.leave": "Leave the company",
    "api_key.own": "Make API keys for oneself",
    "api_key.manage": "Make service keys, end anybody's key",
    "audit.view": "Read the audit trail",
    "job.view": "See the background jobs",
    "job.manage": "Run failed jobs again",
    "notification.view": "Read one's own notifications",
    "dashboard.view": "See the dashboard",
    "engagement.view": "See the engagement",
    "engagement.manage": "Start, change, pause and end an engagement",
    "engagement.attach": "Attach documents to the engagement",
    "engagement.notice": "Give notice, for one's own side",
    "handover.build": "Build the handover pack",
    "terms.view": "See what the engagement costs",
    "terms.manage": "Record agreed terms",
    "terms.propose": "Propose and accept terms, for one's own side",
    "overage.request": "Ask for hours above the agreed ones",
    "overage.approve": "Approve hours above the agreed ones, and revoke them",
    "statement.close": "Close a month's statement",
    "time.view": "See hours",
    "time.log": "Log hours",
    "time.unlock": "Unlock a week of hours",
    "time.lock": "Lock a week of hours again",
    "charter.view": "Read the charter",
    "charter.manage": "Draft the charter",
    "charter.publish": "Put a charter in force",
    "charter.acknowledge": "Acknowledge the charter",
    "coverage.view": "See who is away, and who stands in",
    "coverage.plan": "Plan one's own time away",
    "coverage.manage": "Plan anybody's time away",
    "integration.view": "See the integration plan",
    "integration.manage": "Change the integration plan",
    "stakeholder.view": "See the people map",
    "stakeholder.manage": "Change the people map, read its attitudes and notes",
    "communication.view": "See the communication tools",
    "communication.manage": "Change the communication tools",
    "initiative.view": "See initiatives and the roadmap",
    "initiative.manage": "Add and change initiatives",
    "initiative.progress": "Report progress; the team, on their own initiatives",
    "initiative.weigh": "Set how impact is weighed",
    "signal.enter": "Enter growth signals",
    "saving.enter": "Enter savings",
    "saving.verify": "Verify savings that others entered",
    "kpi.view": "See key figures",
    "kpi.manage": "Define key figures",
    "kpi.target": "Set targets",
    "kpi.measure": "Enter measurements",
    "kpi.import": "Import measurements",
    "update.view": "Read weekly updates",
    "update.write": "Write weekly updates",
    "update.acknowledge": "Acknowledge weekly updates",
    "update.comment": "Comment on weekly updates",
    "spend.view": "See spend requests",
    "spend.request": "Ask for spend",
    "spend.decide": "Decide on spend, where one is asked or stands in",
    "spend.bypass": "Approve an emergency without the tiers",
    "spend.ratify": "Ratify what was approved in an emergency",
    "spend.order": "Order what is approved, and close the request",
    "spend.pay": "Record invoices",
    "approval_policy.view": "See the approval tiers",
    "approval_policy.manage": "Change the approval tiers",
    "budget.view": "See budgets",
    "budget.manage": "Set budgets",
    "budget.except": "Let a request exceed its budget",
    "exchange_rate.view": "See exchange rates",
    "exchange_rate.manage": "Record exchange rates",
    "delegation.view": "See who approves for whom",
    "delegation.manage": "Let somebody approve in one's place",
}
AREAS = {
    "tenant": "Company",
    "member": "People",
    "api_key": "API keys",
    "audit": "Audit",
    "job": "Background jobs",
    "notification": "Notifications",
    "dashboard": "Dashboard",
    "engagement": "Engagement",
    "handover": "Handover",
    "terms": "Terms",
    "overage": "Hours above",
    "statement": "Statements",
    "time": "Hours",
    "charter": "Charter",
    "coverage": "Coverage",
    "integration": "Integration plan",
    "stakeholder": "People map",
    "communication": "Communication",
    "initiative": "Roadmap",
    "signal": "Growth signals",
    "saving": "Savings",
    "kpi": "Key figures",
    "update": "Weekly updates",
    "spend": "Spend",
    "approval_policy": "Approval tiers",
    "budget": "Budgets",
    "exchange_rate": "Exchange rates",
    "delegation": "Delegation",
}
_VERBS = {"view": "See", "manage": "Manage"}


@dataclass(frozen=True)
class Right:
    """One line of the matrix; `held` in the order of the roles."""

    key: str
    words: str
    held: tuple[bool, ...]


@dataclass(frozen=True)
class Area:
    """The rights around one thing."""

    name: str
    rights: list[Right]


def words_of(permission: str) -> str:
    """A right as a person says it."""
    if permission in WORDS:
        return WORDS[permission]
    noun, _, verb = permission.partition(".")
    words = f"{_VERBS.get(verb, verb)} {noun}".replace("_", " ")
    return words[:1].upper() + words[1:]


def area_of(permission: str) -> str:
    """What a right is about, as a heading."""
    noun = permission.partition(".")[0]
    return AREAS.get(noun, noun.replace("_", " ").capitalize())


def matrix() -> list[Area]:
    """Every right with the roles that hold it, by area, in the order of the table."""
    areas: dict[str, list[Right]] = {}
    for key, holders in PERMISSIONS.items():
        held = tuple(role in holders for role in Role)
        areas.setdefault(area_of(key), []).append(Right(key, words_of(key), held))
    return [Area(name, rights) for name, rights in areas.items()]


def gained_and_lost(before: Iterable[str], after: Iterable[str]) -> tuple[list[str], list[str]]:
    """What a change of roles gives and takes, in words, in the order of the table."""
    old, new = list(before), list(after)
    gained = [p for p in PERMISSIONS if roles_can(new, p) and not roles_can(old, p)]
    lost = [p for p in PERMISSIONS if roles_can(old, p) and not roles_can(new, p)]
    return [words_of(p) for p in gained], [words_of(p) for p in lost]


def names_of(roles: Iterable[str]) -> str:
    """Role names in a sentence: "Admin and Team"."""
    wanted = set(roles)
    names = [ROLE_NAMES[role] for role in Role if role in wanted]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def scopes_by_area() -> list[tuple[str, list[tuple[str, str]]]]:
    """The rights that a service key can have, as grouped choices."""
    return [(area.name, [(r.key, r.words) for r in area.rights]) for area in matrix()]
