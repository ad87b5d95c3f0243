"""Mail of a development machine: a readable file each, and what matters in the terminal."""

import stat
from pathlib import Path
from typing import Any

from django.core.mail import EmailMessage

from config.mailbox import FolderBackend


def message() -> EmailMessage:
    text = "Grüße,\n\njoin here: http://127.0.0.1:8000/accounts/invitation/abc/.\n" + "x" * 2000
    return EmailMessage(
        "Müller lädt ein", text, "Bowline <b@x.example>", ["nina@holm.example"],
        headers={"Message-ID": "<1@x>"},
    )  # fmt: skip


def test_each_mail_is_a_file_that_reads_as_it_was_written(tmp_path: Path, capsys: Any) -> None:
    backend = FolderBackend(file_path=str(tmp_path / "mail"))
    assert backend.send_messages([message(), message()]) == 2
    files = sorted((tmp_path / "mail").iterdir())
    assert len(files) == 2
    content = files[0].read_text()
    for words in (
        "Subject: Müller lädt ein",
        "To: nina@holm.example",
        "Message-ID: <1@x>",
        "Grüße",
    ):
        assert words in content
    assert "http://127.0.0.1:8000/accounts/invitation/abc/" in content
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    shown = capsys.readouterr().out
    assert "mail to nina@holm.example" in shown
    assert "subject: Müller lädt ein" in shown
    assert "link:    http://127.0.0.1:8000/accounts/invitation/abc/\n" in shown


def test_folder_that_cannot_be_written_is_said_not_raised(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "mail").write_text("a file stands in the way")
    FolderBackend(file_path=str(tmp_path / "mail")).send_messages([message()])
    assert "not kept" in capsys.readouterr().out
