"""Who acts: a member, a service key, or Bowline itself."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class Actor(Protocol):
    """What a service asks of whoever changes something."""

    @property
    def actor_id(self) -> UUID | None:
        """The member's id, None for Bowline itself and for service keys."""

    @property
    def actor_name(self) -> str:
        """How the audit trail names the actor, for ever."""

    def can(self, permission: str) -> bool:
        """Whether the role matrix (or the key's scopes) grants `permission`."""


@dataclass(frozen=True)
class SystemActor:
    """Bowline itself, in jobs that no person started: may do all, and is named so."""

    actor_name: str = "Bowline"
    actor_id: UUID | None = None

    def can(self, permission: str) -> bool:
        return True
