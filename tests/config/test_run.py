"""`make run`: the ways it says no, and what it keeps."""

import os
import socket
import stat
from pathlib import Path

import pytest

from config import run


@pytest.fixture(autouse=True)
def _own_var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "VAR", tmp_path)
    monkeypatch.setattr(run, "PATIENCE_SECONDS", 0.0)


def test_port_in_use_is_said_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind((run.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(run.RunError, match=f"port {port} is in use.*PORT={port + 1}"):
            run.check_port(port)
    run.check_port(port)


@pytest.mark.parametrize("text", ["http", "-1", "0", "65536", "80 "])
def test_port_that_is_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)
    with pytest.raises(run.RunError, match="not a port"):
        run.chosen_port()


def test_secret_key_is_made_once_and_for_this_user_alone(tmp_path: Path) -> None:
    first = run.secret_key()
    assert len(first) >= 50
    assert run.secret_key() == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_environment_for_a_second_terminal_is_for_this_user_alone(tmp_path: Path) -> None:
    run.write_environment({"REDIS_URL": "redis://:it's secret@h/0"})
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600
    line = f'. {tmp_path}/env && printf %s "$REDIS_URL"'
    assert os.popen(line).read() == "redis://:it's secret@h/0"  # noqa: S605


def test_demo_is_remembered_per_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://one")
    one = run.demo_marker({"DATABASE_URL": "postgres://one"})
    assert one == run.demo_marker({"DATABASE_URL": "postgres://one"})
    assert one != run.demo_marker({"DATABASE_URL": "postgres://two"})
