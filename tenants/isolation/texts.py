"""Texts of statements, which Django keeps while DEBUG is on."""

from django.conf import settings
from django.db import connections


def forget_statement(*, using: str = "default") -> None:
    """Drop the text of the last statement, which else stays in memory until the request ends.

    For statements that carry the bytes of a file: a large one would be held whole, twice over.
    """
    log = connections[using].queries_log
    if settings.DEBUG and log:
        log.pop()
