"""The README tells what is so."""

import re
from pathlib import Path

from demo.people import SIGN_INS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_readme_lists_every_demo_sign_in() -> None:
    missing = [email for email, _, _ in SIGN_INS if f"| {email} |" not in README]
    assert missing == []
    assert {password for _, password, _ in SIGN_INS} == {
        re.findall(r"Password for all: `(.+)`", README)[0]
    }


def test_readme_lists_every_environment_variable_of_the_settings() -> None:
    settings = "".join(
        path.read_text() for path in sorted((ROOT / "config" / "settings").glob("*.py"))
    )
    used = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', settings))
    assert {"SECRET_KEY", "REDIS_URL", "EMAIL_URL"} <= used
    table = README.split("## Configuration")[1].split("\n## ")[0]
    assert {name for name in used if f"`{name}`" not in table} == set()
