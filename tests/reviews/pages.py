"""Letters in a browser: the form as it stands, typed over and sent."""

import re
from collections.abc import Callable
from typing import Any

from django.test import Client

from tenants.models import Member

Browser = Callable[[Member], Client]
BASE = "/t/northwind/updates/"
EDIT = f"{BASE}2026-10-12/edit/"
LETTER = f"{BASE}2026-10-12/"
HTMX = {"HX-Request": "true"}


def fields_of(html: str) -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    form = re.search(r'<form[^>]*id="letter".*?</form>', html, re.S)
    assert form
    data: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        attrs = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if "name" not in attrs or attrs["name"] == "csrfmiddlewaretoken":
            continue
        if attrs.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        unsaid = "on" if attrs.get("type") == "checkbox" else ""
        data[attrs["name"]] = attrs.get("value", unsaid)
    data |= dict(
        re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form[0], re.S)
    )
    for name, inside in re.findall(r'<select[^>]*name="(.*?)"[^>]*>(.*?)</select>', form[0], re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        data[name] = chosen[1] if chosen else ""
    return data


def typed(client: Client, **fields: Any) -> dict[str, Any]:
    """The form of week 42 with these fields typed over."""
    answer = client.get(EDIT)
    assert answer.status_code == 200
    return fields_of(answer.content.decode()) | fields


def page(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, re.findall(
        r'class="err".*?</p>', answer.content.decode(), re.S
    )
    return str(answer.content.decode())
