"""Pages of the engagement, under /t/<slug>/engagement/."""

from django.urls import include, path

from engagements.views import engagements, handover, time, value

urlpatterns = [
    path("", engagements.engagement_detail, name="engagement_detail"),
    path("new/", engagements.engagement_create, name="engagement_create"),
    path("handover/", handover.handover_detail, name="handover_detail"),
    path("<uuid:engagement_id>/handover/build/", handover.handover_build, name="handover_build"),
    path(
        "<uuid:engagement_id>/handover/<uuid:pack_id>/",
        handover.handover_download,
        name="handover_download",
    ),
    path("working/", include("engagements.urls_working")),
    path("time/", time.time_week, name="time_week"),
    path("time/export/", time.time_export, name="time_export"),
    path("time/unlock/", time.week_unlock, name="week_unlock"),
    path("time/<uuid:entry_id>/edit/", time.time_update, name="time_update"),
    path("time/<uuid:entry_id>/delete/", time.time_delete, name="time_delete"),
    path("<uuid:engagement_id>/edit/", engagements.engagement_update, name="engagement_update"),
    path(
        "<uuid:engagement_id>/status/",
        engagements.engagement_transition,
        name="engagement_transition",
    ),
    path("<uuid:engagement_id>/terms/new/", engagements.terms_add, name="terms_add"),
    path("<uuid:engagement_id>/scope/", value.scope_dial, name="scope_dial"),
    path("<uuid:engagement_id>/scope/signals/", value.signal_add, name="signal_add"),
    path("<uuid:engagement_id>/scope/dismiss/", value.scope_dismiss, name="scope_dismiss"),
    path("<uuid:engagement_id>/cost/", value.cost_comparison, name="cost_comparison"),
    path("<uuid:engagement_id>/cost/export/", value.cost_export, name="cost_export"),
    path("<uuid:engagement_id>/cost/full-time/", value.full_time_set, name="full_time_set"),
    path("<uuid:engagement_id>/cost/savings/", value.saving_add, name="saving_add"),
    path("savings/<uuid:saving_id>/judge/", value.saving_judge, name="saving_judge"),
]
