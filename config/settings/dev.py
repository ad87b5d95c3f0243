"""One machine, one developer: `make run`."""

from config.settings.base import *  # noqa: F403
from config.settings.base import SECRET_KEY, STORAGES, env

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = SECRET_KEY or "for development only: production refuses to start without its own key"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True  # http://localhost
if not env.str("EMAIL_URL", default=""):
    EMAIL_BACKEND = "config.mailbox.FolderBackend"
