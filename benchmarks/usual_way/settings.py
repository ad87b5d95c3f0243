"""Our settings with the usual page beside our own, its templates in Django's language."""

from config.settings.dev import *  # noqa: F403
from config.settings.dev import BASE_DIR, TEMPLATES

ROOT_URLCONF = "benchmarks.usual_way.urls"
TEMPLATES = [
    TEMPLATES[0],
    TEMPLATES[1] | {"DIRS": [BASE_DIR / "benchmarks" / "usual_way" / "templates"]},
]
