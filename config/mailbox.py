"""Mail while developing: one file a mail in a folder, and what matters of it in the terminal."""

import os
import re
import sys
from collections.abc import Sequence
from email.message import EmailMessage as StandardMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

_LINK = re.compile(r"https?://\S+")
_ODD = re.compile(r"[^a-z0-9]+")


class FolderBackend(BaseEmailBackend):
    """Writes each mail to MAIL_FOLDER, readable by its owner alone, and prints who gets what.

    The files are `.eml`, in the order of their names; their text is not encoded, so any editor
    shows the links. A folder that cannot be written is said in the terminal, never raised.
    """

    def __init__(self, file_path: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.folder = Path(file_path or settings.MAIL_FOLDER)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            try:
                place = str(self._write(message))
            except OSError as error:
                place = f"not kept, {error.filename}: {error.strerror}"
            print(shown(message, place), file=sys.stdout, flush=True)
        return len(email_messages)

    def _write(self, message: EmailMessage) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        words = _ODD.sub("-", f"{message.to[0] if message.to else ''} {message.subject}".lower())
        name = f"{timezone.now():%Y%m%d-%H%M%S-%f}-{words.strip('-')[:80]}.eml"
        path = self.folder / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(readable(message))
        return path


def readable(message: EmailMessage) -> bytes:
    """The mail as a file whose headers and text can be read as they are."""
    plain = StandardMessage(policy=SMTP.clone(utf8=True))
    for name, value in message.message().items():
        if name.lower() not in ("content-type", "content-transfer-encoding", "mime-version"):
            plain[name] = " ".join(str(value).split())
    if plain["Subject"]:
        plain.replace_header("Subject", " ".join(message.subject.split()))
    plain.set_content(str(message.body), cte="8bit")
    for content, kind in getattr(message, "alternatives", ()):
        plain.add_alternative(content, subtype=kind.partition("/")[2])
    return plain.as_bytes()


def shown(message: EmailMessage, place: str) -> str:
    """Three or four lines for the terminal: to whom, about what, the first link, the file."""
    lines = [f"mail to {', '.join(message.recipients())}", f"  subject: {message.subject}"]
    if link := _LINK.search(str(message.body)):
        lines.append(f"  link:    {link[0].rstrip('.,)')}")
    lines.append(f"  file:    {place}")
    return "\n".join(lines)
