"""Where the browser of the browser tests is."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SHELL = "chromium-headless-shell"
"""Chromium without a window: the same pages for three fifths of the processor time."""
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_chromium() -> str | None:
    """The path in CHROMIUM, else the first of NAMES on PATH, else None."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        return shutil.which(chosen)
    return next((path for path in map(shutil.which, NAMES) if path), None)


def chromium_for_tests() -> str | None:
    """What `find_chromium` finds; where SHELL is plain to install (root on Debian), that one."""
    plain = os.geteuid() == 0 and Path("/etc/debian_version").exists()
    if plain and not os.environ.get("CHROMIUM") and not shutil.which(SHELL):
        any(_install(name) for name in (SHELL, "chromium"))
    return find_chromium()


def _install(package: str) -> bool:
    """Whether Debian's package is there now."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    steps = (["update"], ["install", "-y", "--no-install-recommends", package])
    return all(
        subprocess.run(["apt-get", "-qq", *step], env=env, check=False).returncode == 0
        for step in steps
    )
