"""Every URL of the site. A page of a tenant stands under /t/<slug>/."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("tenants.urls")),
    path("accounts/notifications/", include("tenants.notifications.account_urls")),
    path("accounts/", include("tenants.profile.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("dashboard.urls")),
    path("api/v1/", include("config.api")),
    path("t/<slug:slug>/audit/", include("tenants.audit.urls")),
    path("t/<slug:slug>/people/", include("tenants.people.urls")),
    path("t/<slug:slug>/", include("tenants.jobs.urls")),
    path("t/<slug:slug>/files/", include("tenants.files.urls")),
    path("t/<slug:slug>/notifications/", include("tenants.notifications.urls")),
    path("t/<slug:slug>/", include("tenants.company.urls")),
    path("t/<slug:slug>/engagement/", include("engagements.urls")),
    path("t/<slug:slug>/initiatives/", include("engagements.urls_roadmap")),
    path("t/<slug:slug>/updates/", include("reviews.urls")),
    path("t/<slug:slug>/kpis/", include("kpis.urls")),
    path("t/<slug:slug>/spend/", include("decisions.urls")),
    # each app's own pages: path("t/<slug:slug>/<app>/", include("<app>.urls"))
]

handler400 = "tenants.ui.views.bad_request"
handler403 = "tenants.ui.views.forbidden"
handler404 = "tenants.ui.views.not_found"
handler500 = "tenants.ui.views.server_error"

if settings.DEBUG:
    from tenants.ui.views import components

    urlpatterns.append(path("dev/components/", components, name="components"))
