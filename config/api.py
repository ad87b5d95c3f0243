"""Every resource of /api/v1/. An app adds one line: router.register("kpis", KpiViewSet, "kpi")."""

from django.urls import URLPattern, URLResolver, re_path
from rest_framework.routers import SimpleRouter

from tenants.api.problems import unknown_path

router = SimpleRouter()
router.include_format_suffixes = False

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    re_path(r"^(?P<path>.*)$", unknown_path, name="api_unknown_path"),
]
