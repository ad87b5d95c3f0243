"""Addresses of pages, each made once: `reverse` takes longer than anything else about a link."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import get_script_prefix, reverse


def address(name: str, **kwargs: object) -> str:
    """The address of a named page; raises NoReverseMatch for an unknown one."""
    return _reversed(settings.ROOT_URLCONF, get_script_prefix(), name, tuple(kwargs.items()))


@lru_cache(maxsize=8192)
def _reversed(urls: str, prefix: str, name: str, kwargs: tuple[tuple[str, Any], ...]) -> str:
    return reverse(name, kwargs=dict(kwargs) or None)
