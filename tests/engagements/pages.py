"""The engagement's pages in a browser that runs no script."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from tests.engagements.builders import D

TODAY = D(2026, 10, 15)
MONDAY = D(2026, 10, 12)
SignIn = Callable[[Any], Client]
BASE = "/t/northwind/engagement/"
TIME = f"{BASE}time/"
HTMX = {"HX-Request": "true"}
ENTRY = {"date": "2026-10-14", "minutes": "1:30", "category": "delivery", "note": "Cache"}


def text_of(response: Any) -> str:
    """The page's words and tags, white space made one."""
    return " ".join(response.content.decode().replace("\xa0", " ").split())
