"""What people are told of a pack, and that its file has a door of its own."""

from typing import Any

from tenants.audit import Actor
from tenants.errors import NotFound
from tenants.notifications.kinds import Email, register_kind


def register() -> None:
    """The kind, from `AppConfig.ready`."""
    register_kind(
        "handover.ready",
        label="A handover pack I asked for is ready",
        group="Engagement",
        permission="handover.build",
        email=Email.ONCE,
    )


def not_here(actor: Actor, record: Any) -> None:
    """A pack is downloaded by its own service alone, which notes it in the trail."""
    raise NotFound
