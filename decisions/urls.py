"""Pages of spend, under /t/<slug>/spend/."""

from django.urls import path

from decisions.views import (
    acting,
    budgets,
    delegations,
    drafts,
    initiatives,
    people,
    rates,
    requests,
    tiers,
)
from decisions.views.panel import ACTS

urlpatterns = [
    path("", requests.spend_list, name="spend_list"),
    path("new/", drafts.spend_create, name="spend_create"),
    path("tiers/", tiers.tiers_edit, name="tiers_edit"),
    path("budgets/", budgets.budget_list, name="budget_list"),
    path("budgets/new/", budgets.budget_create_page, name="budget_create"),
    path("budgets/export/", budgets.budget_export, name="budget_export"),
    path("budgets/<uuid:budget_id>/", budgets.budget_detail, name="budget_detail"),
    path("budgets/<uuid:budget_id>/edit/", budgets.budget_update_page, name="budget_update"),
    path("delegations/", delegations.delegation_list, name="delegation_list"),
    path(
        "delegations/<uuid:delegation_id>/end/",
        delegations.delegation_revoke,
        name="delegation_revoke",
    ),
    path(
        "initiatives/<uuid:initiative_id>/", initiatives.initiative_spend, name="initiative_spend"
    ),
    path("people/<uuid:member_id>/", people.member_spend, name="member_spend"),
    path("rates/", rates.rate_list, name="rate_list"),
    path("rates/import/", rates.rate_import, name="rate_import"),
    path("<uuid:request_id>/", requests.spend_detail, name="spend_detail"),
    path("<uuid:request_id>/edit/", drafts.spend_update, name="spend_update"),
    path("<uuid:request_id>/amend/", drafts.spend_amend, name="spend_amend"),
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
