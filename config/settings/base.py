"""Settings of every environment; what differs between machines comes from the environment."""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF

from config import code_version

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
CODE_VERSION = env.str("CODE_VERSION", default="") or code_version.of_files(BASE_DIR)  # in ETags
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "django_prometheus",
    "tenants",
    "engagements",
    "kpis",
    "decisions",
    "reviews",
    "dashboard",
    "demo",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "tenants.middleware.request_id",
    "tenants.sign_ins.after_answer",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tenants.sessions.SessionLimits",
    "django_htmx.middleware.HtmxMiddleware",
    "tenants.middleware.TenantMiddleware",
    "tenants.middleware.DomainErrorMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

_CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "tenants.ui.jinja.environment",
            "context_processors": [*_CONTEXT_PROCESSORS, "tenants.ui.jinja.shell"],
        },
    },
    {  # packages that bring templates of their own: the API's pages, allauth's mails
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": _CONTEXT_PROCESSORS},
    },
]

# ---- Database: one server, four roles (see tenants/isolation/roles) ----


def database(url_variable: str, role: str) -> dict[str, Any]:
    """The connection of a role: its own URL, or DATABASE_URL with the role's name in it."""
    if url := env.str(url_variable, default=""):
        config = dict(env.db_url_config(url))
    else:
        config = dict(env.db_url("DATABASE_URL", default="postgres://bowline_app@/bowline"))
        config["USER"] = role
    return config | {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,  # transaction pooling has no session to hold them
        "ATOMIC_REQUESTS": False,  # the tenant middleware opens the one transaction
    }


DATABASES = {
    "default": database("DATABASE_URL", "bowline_app"),
    "migrate": database("MIGRATE_DATABASE_URL", "bowline_migrate"),
    "tick": database("TICK_DATABASE_URL", "bowline_tick"),
    "export": database("EXPORT_DATABASE_URL", "bowline_export"),
}
# Plans of the statements behind every page are kept by connection; not through a pooler that hands
# each transaction another one (see tenants/isolation/prepared.py).
PREPARED_STATEMENTS = env.bool("PREPARED_STATEMENTS", default=False)
DATABASE_ROUTERS = ["tenants.isolation.router.OneSchemaRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MIGRATE_LOCK_TIMEOUT = env.str("MIGRATE_LOCK_TIMEOUT", default="5s")

# ---- Redis or Valkey: cache, rate limits, Celery's broker ----

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "config.cache.Valkey",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "bowline",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
JOB_SLOW_LIMIT = env.int("JOB_SLOW_LIMIT", default=1)  # imports and exports running at a time

# ---- People ----

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "tenants.accounts.AccountAdapter"
ACCOUNT_FORMS = {"reset_password": "tenants.profile.forms.ResetPasswordForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60  # seconds; a sign-in counts as one
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_RATE_LIMITS = {"invitation": "20/m/ip"}  # beside allauth's own for the rest
USERSESSIONS_ADAPTER = "tenants.accounts.UserSessionsAdapter"
MFA_ADAPTER = "tenants.accounts.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Bowline"
MFA_TOTP_TOLERANCE = 1  # phones' clocks: one step of 30 s either way
MFA_RECOVERY_CODE_COUNT = 10
MFA_ALLOW_UNVERIFIED_EMAIL = True  # signing in needs a confirmed address, so nobody can squat
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=3 * 24 * 3600)
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
SESSION_ENGINE = "tenants.session_store"
SESSION_COOKIE_AGE = env.int("SESSION_MAX_SECONDS", default=14 * 24 * 3600)  # from the sign-in on
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "tenants.ui.views.csrf_failure"

# ---- Words and time ----

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# ---- Static files ----

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / "var" / "static")()
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# ---- The wall around pages ----

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True

# ---- Uploads: measurements come in as CSV ----

IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=100_000_000)
FILE_MAX_BYTES = env.int("FILE_MAX_BYTES", default=10_000_000)  # one attached file
IMPORT_MAX_ROWS = env.int("IMPORT_MAX_ROWS", default=2_000_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# ---- Mail ----

vars().update(env.email("EMAIL_URL", default="consolemail://"))
MAIL_FOLDER = env.path("MAIL_FOLDER", default=BASE_DIR / "var" / "mail")()  # development alone
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Bowline <bowline@localhost>")

# ---- API ----

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.api.authentication.ApiKeyAuthentication",
        "tenants.api.authentication.TenantSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.api.permissions.TenantPermission"],
    "DEFAULT_PAGINATION_CLASS": "tenants.api.pagination.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["tenants.api.throttling.RateLimit"],
    "DEFAULT_SCHEMA_CLASS": "tenants.api.schema.ApiSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tenants.api.parsers.StrictJSONParser"],
    "EXCEPTION_HANDLER": "tenants.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
API_RATE_LIMITS = {  # calls a minute
    "tenant": env.int("API_RATE_TENANT", default=6000),
    "user": env.int("API_RATE_USER", default=1200),
    "key": env.int("API_RATE_KEY", default=1200),
}
API_RATE_PATIENCE = 0.3  # seconds a call waits to be counted; then it passes
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Bowline API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "DEFAULT_QUERY_MANAGER": "_base_manager",  # our own asks for a tenant, the description has none
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {  # sets of values that several fields share
        "EngagementStatusEnum": "engagements.models.Engagement.Status",
        "ProposalStatusEnum": "engagements.models.TermsProposal.Status",
        "ScopeLevelEnum": "engagements.models.Terms.ScopeLevel",
        "TimeCategoryEnum": "engagements.models.TimeEntry.Category",
    },
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "tenants.logs.formatter", "json": env.bool("LOG_JSON", default=False)}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": ["console"], "propagate": False},
        "celery.worker.strategy": {"level": "WARNING"},  # two lines for each tick of each second
        "celery.app.trace": {"level": "WARNING"},
    },
}
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
