"""What was done, said with a button that takes it back."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

_MARK = "undo "


def offer(request: HttpRequest, text: str, address: str, **fields: str) -> None:
    """Say `text` on the next page, with a button that posts `fields` to `address`.

    The address is a page of ours that checks the right to do it like any other form.
    """
    facts = json.dumps({"address": address, "fields": fields})
    messages.success(request, text, extra_tags=_MARK + facts)


def undo_of(message: Any) -> dict[str, Any] | None:
    """What the button of a message sends where; None for a message without one."""
    tags = message.extra_tags or ""
    if not tags.startswith(_MARK):
        return None
    found: dict[str, Any] = json.loads(tags.removeprefix(_MARK))
    return found
