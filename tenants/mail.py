"""Mails in the product's own words: text templates, one sender, ids that a repeat shares."""

import logging
import re
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

logger = logging.getLogger("bowline.mail")
_BLANK_LINES = re.compile(r"\n{3,}")


def compose(
    template: str, *, to: str, context: dict[str, Any], message_id: str = ""
) -> EmailMessage:
    """The mail of `templates/<template>_subject.txt` and `_message.txt` to one address.

    With a `message_id` (a job's id) a mail that is sent twice is one mail to the reader's program.
    Line breaks in names never reach a header.
    """
    subject = " ".join(render_to_string(f"{template}_subject.txt", context).split())
    body = render_to_string(f"{template}_message.txt", context).strip()
    headers = {"Auto-Submitted": "auto-generated"}
    if message_id:
        headers["Message-ID"] = f"<{message_id}@{urlsplit(settings.BASE_URL).hostname}>"
    text = _BLANK_LINES.sub("\n\n", body) + "\n"
    return EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [to], headers=headers)


def send_now(message: EmailMessage) -> bool:
    """Send inside a request, for mails that hold a secret; a server out of reach is logged.

    Answers whether it left. What needs no secret goes by a job instead, which tries again.
    """
    try:
        message.send()
    except (SMTPException, OSError):
        logger.exception("A mail %r was not sent", message.subject)
        return False
    return True


def absolute(path: str) -> str:
    """The whole address of a path of this site, for mails."""
    return f"{settings.BASE_URL.rstrip('/')}{path}"
