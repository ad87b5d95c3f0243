"""Whether this process lives, whether it can serve, and its figures; for machines, not people."""

from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and has every migration of this code, else 503 with a word.

    The broker is not asked: pages work without it, and the work waits in the database.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("select app, name from django_migrations")
            missing = _newest_migrations() - set(cursor.fetchall())
    except DatabaseError:
        return HttpResponse("no database\n", status=503, content_type="text/plain")
    if missing:
        return HttpResponse("not migrated\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures for who shows METRICS_TOKEN as bearer token; 404 for everybody else."""
    offered = request.headers.get("Authorization", "")
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN or not constant_time_compare(offered, expected):
        return HttpResponse(status=404)
    return ExportToDjangoView(request)


@cache
def _newest_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.leaf_nodes())
