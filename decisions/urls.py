"""Pages of spend, under /t/<slug>/spend/."""

from django.urls import path

from decisions.views import acting, requests
from decisions.views.panel import ACTS

urlpatterns = [
    path("", requests.spend_list, name="spend_list"),
    path("new/", requests.spend_create, name="spend_create"),
    path("<uuid:request_id>/", requests.spend_detail, name="spend_detail"),
    path("<uuid:request_id>/edit/", requests.spend_update, name="spend_update"),
    path("<uuid:request_id>/amend/", requests.spend_amend, name="spend_amend"),
    path("<uuid:request_id>/board/", requests.spend_one_pager, name="spend_one_pager"),
    path("<uuid:request_id>/trail/", requests.spend_trail_export, name="spend_trail_export"),
    *(
        path(
            f"<uuid:request_id>/{name}/",
            getattr(acting, f"spend_{name.replace('-', '_')}"),
            name=f"spend_{name.replace('-', '_')}",
        )
        for name in ACTS
    ),
]
