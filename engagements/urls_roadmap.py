"""Pages of the roadmap, under /t/<slug>/initiatives/."""

from django.urls import path

from engagements.views import priorities, roadmap

urlpatterns = [
    path("", roadmap.initiative_list, name="initiative_list"),
    path("export/", roadmap.initiative_export, name="initiative_export"),
    path("new/", roadmap.initiative_create, name="initiative_create"),
    path("portfolio/", priorities.initiative_portfolio, name="initiative_portfolio"),
    path("weights/", priorities.impact_weights, name="impact_weights"),
    path("settings/", priorities.roadmap_settings, name="roadmap_settings"),
    path("reviews/", priorities.prioritisation_list, name="prioritisation_list"),
    path("reviews/new/", priorities.prioritisation_create, name="prioritisation_create"),
    path(
        "reviews/<uuid:prioritisation_id>/",
        priorities.prioritisation_detail,
        name="prioritisation_detail",
    ),
    path("milestones/<uuid:milestone_id>/", roadmap.milestone_update, name="milestone_update"),
    path("<uuid:initiative_id>/", roadmap.initiative_detail, name="initiative_detail"),
    path("<uuid:initiative_id>/edit/", roadmap.initiative_update, name="initiative_update"),
    path("<uuid:initiative_id>/progress/", roadmap.initiative_progress, name="initiative_progress"),
    path("<uuid:initiative_id>/milestones/", roadmap.milestone_add, name="milestone_add"),
]
