"""The role matrix in words: what each role is for, what each right lets a person do."""

from collections.abc import Iterable
from dataclasses import dataclass

from tenants.permissions import PERMISSIONS, ROLE_NAMES, Role, roles_can

ROLE_WORDS = {
    Role.ADMIN: "Sets the company up: people, roles, key figures, keys.",
    Role.EXECUTIVE: "Reads the dashboard, acknowledges updates, agrees what the engagement is.",
    Role.CTO: "Logs hours, writes the weekly update, keeps the key figures.",
    Role.FINANCE: "Reads what the engagement costs, and approves spend.",
    Role.BOARD: "Reads everything, and votes on large spend.",
    Role.TEAM: "Gives input and reports figures. Does not see costs or hours.",
    Role.OBSERVER: "Reads everything and changes nothing.",
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
    "dashboard.view": "See the dashboard",
    "engagement.view": "See the engagement",
    "engagement.manage": "Start, change, pause and end an engagement",
    "terms.view": "See what the engagement costs",
    "terms.manage": "Agree new terms",
    "time.view": "See hours",
    "time.log": "Log hours",
    "time.unlock": "Unlock a week of hours",
    "kpi.view": "See key figures",
    "kpi.manage": "Define key figures",
    "kpi.target": "Set targets",
    "kpi.measure": "Enter measurements",
    "kpi.import": "Import measurements",
    "update.view": "Read weekly updates",
    "update.write": "Write weekly updates",
    "update.acknowledge": "Acknowledge weekly updates",
    "update.comment": "Comment on weekly updates",
}
AREAS = {
    "tenant": "Company",
    "member": "People",
    "api_key": "API keys",
    "audit": "Audit",
    "job": "Background jobs",
    "dashboard": "Dashboard",
    "engagement": "Engagement",
    "terms": "Terms",
    "time": "Hours",
    "kpi": "Key figures",
    "update": "Weekly updates",
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
