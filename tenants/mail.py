"""Mails in the product's own words: text templates, one sender, ids that a repeat shares."""

import logging
import re
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string

from tenants import colours
from tenants.models import Tenant

logger = logging.getLogger("bowline.mail")
_BLANK_LINES = re.compile(r"\n{3,}")
_ADDRESS = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:)])")
_SIGNATURE = re.compile(r"\n\s*\nBowline\nhttps?://\S+\s*\Z")
_COLOUR, _DARK = "#1b5a86", "#86bfe8"  # the token --brand in both themes


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
    message = EmailMultiAlternatives(
        subject, text, settings.DEFAULT_FROM_EMAIL, [to], headers=headers
    )
    message.attach_alternative(_as_page(subject, body, context), "text/html")
    return message


def look(company: Tenant | None) -> dict[str, str]:
    """Name and colour in a mail's head, for both themes: a company's own, else Bowline's."""
    name, chosen = (company.name, company.brand_color) if company is not None else ("", "")
    shades = colours.shades(chosen) if chosen else None
    return {
        "company": name or "Bowline",
        "colour": shades.nearest if shades else _COLOUR,
        "dark": shades.dark if shades else _DARK,
    }


def _as_page(subject: str, body: str, context: dict[str, Any]) -> str:
    """The same words as a page, each address in them a link."""
    words = _SIGNATURE.sub("", _BLANK_LINES.sub("\n\n", body))
    paragraphs = [
        [
            [(bool(_ADDRESS.fullmatch(piece)), piece) for piece in _ADDRESS.split(line) if piece]
            for line in paragraph.split("\n")
        ]
        for paragraph in words.split("\n\n")
        if paragraph.strip()
    ]
    company = context.get("tenant")
    facts = {
        **look(company if isinstance(company, Tenant) else None),
        "heading": subject,
        "preview": " ".join(words.split())[:140],
        "paragraphs": paragraphs,
        "base_url": settings.BASE_URL,
    }
    return render_to_string("mail/words.html", facts)


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
