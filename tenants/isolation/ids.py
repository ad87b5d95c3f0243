"""Keys that sort by the time they were made."""

from uuid import UUID

import uuid_utils.compat


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562 §5.7): no sequence to guess, and rows of one time lie together."""
    return uuid_utils.compat.uuid7()
