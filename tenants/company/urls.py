"""Pages under /t/<slug>/settings/, and the company's look under /t/<slug>/brand/."""

from django.urls import path

from tenants.company import views

urlpatterns = [
    path("settings/", views.settings_overview, name="settings_overview"),
    path("settings/general/", views.settings_general, name="settings_general"),
    path("settings/hours/", views.settings_hours, name="settings_hours"),
    path("settings/holidays/", views.settings_holidays, name="settings_holidays"),
    path("settings/holidays/add/", views.holiday_create, name="holiday_create"),
    path("settings/holidays/<uuid:holiday_id>/", views.holiday_edit, name="holiday_edit"),
    path(
        "settings/holidays/<uuid:holiday_id>/switch/", views.holiday_switch, name="holiday_switch"
    ),
    path(
        "settings/holidays/<uuid:holiday_id>/delete/", views.holiday_delete, name="holiday_delete"
    ),
    path("settings/branding/", views.settings_branding, name="settings_branding"),
    path("settings/branding/logo/", views.logo_upload, name="logo_upload"),
    path("settings/branding/logo/delete/", views.logo_delete, name="logo_delete"),
    path("settings/branding/logo/restore/", views.logo_restore, name="logo_restore"),
    path("settings/status/", views.settings_status, name="settings_status"),
    path("settings/status/restore/", views.tenant_restore, name="tenant_restore"),
    path("brand/<slug:version>/colour.css", views.brand_sheet, name="brand_sheet"),
    path("brand/<slug:version>/logo", views.brand_logo, name="brand_logo"),
]
