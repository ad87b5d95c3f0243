"""Where the browser of the browser tests is."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_chromium() -> str | None:
    """The path in CHROMIUM, else one of NAMES on PATH, else None."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        return shutil.which(chosen)
    return next((path for path in map(shutil.which, NAMES) if path), None)


def install_chromium() -> str | None:
    """Install it where that is plain to do (root on Debian or a child of it); None elsewhere."""
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        return None
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", "-qq", *arguments], env=env, check=False)
        if done.returncode:
            return None
    return find_chromium()
