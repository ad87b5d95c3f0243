"""How the two sides work together, under /t/<slug>/engagement/working/."""

from django.urls import path

from engagements.views import charter, coverage, integration, people, tools

urlpatterns = [
    path("", charter.charter_detail, name="charter_detail"),
    path("print/", charter.charter_print, name="charter_print"),
    path("changes/", charter.charter_diff_page, name="charter_diff"),
    path("draft/", charter.charter_draft, name="charter_draft"),
    path("edit/", charter.charter_edit, name="charter_edit"),
    path("<uuid:charter_id>/publish/", charter.charter_publish, name="charter_publish"),
    path("<uuid:charter_id>/discard/", charter.charter_discard, name="charter_discard"),
    path("<uuid:charter_id>/acknowledge/", charter.charter_acknowledge, name="charter_acknowledge"),
    path("<uuid:charter_id>/remind/", charter.charter_remind, name="charter_remind"),
    path("<uuid:charter_id>/review/", charter.charter_review, name="charter_review"),
    path("away/", coverage.coverage_list, name="coverage_list"),
    path("away/<uuid:period_id>/", coverage.coverage_edit, name="coverage_edit"),
    path("away/<uuid:period_id>/cancel/", coverage.coverage_cancel, name="coverage_cancel"),
    path("plan/", integration.integration_plan, name="integration_plan"),
    path("plan/start/", integration.integration_start, name="integration_start"),
    path("plan/new/", integration.activity_create, name="activity_create"),
    path("plan/<uuid:activity_id>/", integration.activity_update, name="activity_update"),
    path("plan/<uuid:activity_id>/move/", integration.activity_move, name="activity_move"),
    path("plan/<uuid:activity_id>/delete/", integration.activity_delete, name="activity_delete"),
    path("people/", people.people_map, name="people_map"),
    path("people/export/", people.people_export, name="people_export"),
    path("people/new/", people.person_create, name="person_create"),
    path("people/<uuid:person_id>/", people.person_update, name="person_update"),
    path("people/<uuid:person_id>/delete/", people.person_delete, name="person_delete"),
    path("tools/", tools.tool_list, name="tool_list"),
    path("tools/candidates/", tools.tools_seed, name="tools_seed"),
    path("tools/new/", tools.tool_create, name="tool_create"),
    path("tools/<uuid:tool_id>/", tools.tool_update, name="tool_update"),
    path("tools/<uuid:tool_id>/use/", tools.tool_use, name="tool_use"),
    path("tools/<uuid:tool_id>/delete/", tools.tool_delete, name="tool_delete"),
]
