"""The suite: real PostgreSQL and Valkey, quick password hashing, nothing else faked."""

import os

if "PYTEST_VERSION" in os.environ:  # before base reads the environment
    from tests.servers import start_servers

    start_servers()

from config.settings.base import *  # noqa: F403
from config.settings.base import CACHES, REDIS_URL, STORAGES

SECRET_KEY = "for tests only, never for anything else"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# a Valkey database for each worker process: one that clears its cache clears only its own
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REDIS_URL = CELERY_BROKER_URL = f"{REDIS_URL.rpartition('/')[0]}/{_WORKER}"
CACHES["default"]["LOCATION"] = REDIS_URL
# a busy machine may stand still for seconds, and then the page must not come uncounted or unkept
CACHES["default"]["OPTIONS"] = {"socket_timeout": 30, "socket_connect_timeout": 30}
API_RATE_PATIENCE = 30
