"""Drafts that are saved as they are typed: which open form saved last.

Such a row has `version`, which counts its saves, and `saved_from`, the name of the open form that
saved last.
"""

from typing import Protocol


class Draft(Protocol):
    """A row that open forms save."""

    version: int
    saved_from: str


def is_same_form(draft: Draft, saved_from: str) -> bool:
    """Whether the open form `saved_from` is the one that saved last; an unnamed one never is."""
    return bool(saved_from) and saved_from == draft.saved_from


def is_fresh(draft: Draft, *, version: int | None, saved_from: str = "") -> bool:
    """Whether nobody else saved since `version` was read by the open form `saved_from`."""
    return version is None or version == draft.version or is_same_form(draft, saved_from)
