"""Whether this process lives, whether it can serve, and its figures; for machines, not people."""

from functools import cache
from ipaddress import ip_address

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView

BROKER_SECONDS = 1
_PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-Ip", "Via")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database and broker answer and every migration of this code ran.

    Else 503 with a line for each that is not: `database`, `migrations`, `broker`.
    """
    missing = [*_missing_in_database(), *_missing_broker()]
    if missing:
        text = "".join(f"{line}\n" for line in missing)
        return HttpResponse(text, status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


def _missing_in_database() -> list[str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select app, name from django_migrations")
            missing = _newest_migrations() - set(cursor.fetchall())
    except DatabaseError:
        return ["database: no answer"]
    return ["migrations: not current"] if missing else []


def _missing_broker() -> list[str]:
    try:
        with redis.Redis.from_url(
            settings.CELERY_BROKER_URL,
            socket_timeout=BROKER_SECONDS,
            socket_connect_timeout=BROKER_SECONDS,
        ) as broker:
            broker.ping()
    except redis.RedisError:
        return ["broker: no answer"]
    return []


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures for who shows METRICS_TOKEN as bearer token; 404 for everybody else.

    Where no token is set this machine itself may read them, but nobody through a proxy on it.
    """
    offered = request.headers.get("Authorization", "")
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if settings.METRICS_TOKEN:
        allowed = constant_time_compare(offered, expected)
    else:
        allowed = _is_loopback(request)
    return ExportToDjangoView(request) if allowed else HttpResponse(status=404)


def _is_loopback(request: HttpRequest) -> bool:
    if any(name in request.headers for name in _PROXY_HEADERS):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@cache
def _newest_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.leaf_nodes())
