"""The suite: real PostgreSQL and Valkey, quick password hashing, nothing else faked."""

import os

if "PYTEST_VERSION" in os.environ:  # before base reads the environment
    from tests.servers import start_servers

    start_servers()

from config.settings.base import *  # noqa: F403
from config.settings.base import STORAGES

SECRET_KEY = "for tests only, never for anything else"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
