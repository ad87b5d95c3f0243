"""Which notifications there are, in which groups, and the checks that reminders ask."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.text import slugify


class Email(StrEnum):
    """When a notification goes out by mail as well; the inbox has it always."""

    ONCE = "once"
    DAILY = "daily"
    OFF = "off"


@dataclass(frozen=True)
class NotificationKind:
    """One kind: `label` completes "Tell me when …"; `group` is what a person chooses by.

    `permission` is the right that a member needs to be told; `urgent` ones may pass quiet hours.
    """

    name: str
    label: str
    group: str
    permission: str
    email: Email
    urgent: bool

    @property
    def group_key(self) -> str:
        return slugify(self.group)


Check = Callable[..., Any]
KINDS: dict[str, NotificationKind] = {}
CHECKS: dict[str, Check] = {}


def register_kind(
    name: str,
    *,
    label: str,
    group: str,
    permission: str = "",
    email: Email | str = Email.DAILY,
    urgent: bool = False,
) -> NotificationKind:
    """Register a kind, from `AppConfig.ready`; a known name is replaced.

    `email` is what is suggested to a person who chose nothing. Raises ValueError for a name that
    is no `<noun>.<what happened>` or a group without a letter.
    """
    if "." not in name or not slugify(group):
        raise ValueError(f"Name a kind like `update.submitted`, in a group with a name: {name!r}.")
    kind = NotificationKind(name, label, group, permission, Email(email), urgent)
    KINDS[name] = kind
    return kind


def kind_of(name: str) -> NotificationKind:
    """The registered kind; KeyError for one that is not."""
    return KINDS[name]


def label_of(name: str) -> str:
    """A kind in words, also one that no release registers any more."""
    kind = KINDS.get(name)
    return kind.label if kind else name.replace(".", ": ").replace("_", " ").capitalize()


@dataclass(frozen=True)
class Group:
    """Kinds that a person chooses for together."""

    key: str
    name: str
    kinds: tuple[NotificationKind, ...]


def groups() -> list[Group]:
    """All groups by name, each with its kinds in the order they were registered."""
    found: dict[str, list[NotificationKind]] = {}
    for kind in KINDS.values():
        found.setdefault(kind.group_key, []).append(kind)
    made = [Group(key, kinds[0].group, tuple(kinds)) for key, kinds in found.items()]
    return sorted(made, key=lambda group: group.name.casefold())


def groups_for(member: Any) -> list[Group]:
    """The groups of which the member may be told anything, with those kinds alone."""
    shown = []
    for group in groups():
        kinds = tuple(k for k in group.kinds if not k.permission or member.can(k.permission))
        if kinds:
            shown.append(Group(group.key, group.name, kinds))
    return shown


def kinds_in(group_key: str) -> list[str]:
    """The names of a group's kinds."""
    return [kind.name for kind in KINDS.values() if kind.group_key == group_key]


def register_check(name: str, check: Check) -> None:
    """Register what a reminder asks when its time comes, from `AppConfig.ready`.

    `check(target_id=…, args=…)` runs inside the tenant and answers whether the reminder still
    applies: True or False, or the members who are to be reminded instead of those first named.
    """
    CHECKS[name] = check


def check_of(name: str) -> Check:
    """The registered check; KeyError for one that is not."""
    return CHECKS[name]


def is_registered(names: Iterable[str]) -> bool:
    return all(name in KINDS for name in names)
