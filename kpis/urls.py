"""Pages of key figures, under /t/<slug>/kpis/. No key starts with a hyphen, so `-/` is free."""

from django.urls import path

from kpis.views import definitions, figures, imports, initiatives, measurements, sources

urlpatterns = [
    path("", figures.kpi_list, name="kpi_list"),
    path("-/new/", definitions.kpi_create, name="kpi_create"),
    path("-/target/", definitions.target_choose, name="target_choose"),
    path("-/import/", imports.import_choose, name="import_choose"),
    path(
        "-/initiatives/<uuid:initiative_id>/", initiatives.initiative_kpis, name="initiative_kpis"
    ),
    path("<slug:key>/", figures.kpi_detail, name="kpi_detail"),
    path("<slug:key>/csv/", figures.kpi_csv, name="kpi_csv"),
    path("<slug:key>/edit/", definitions.kpi_edit, name="kpi_edit"),
    path("<slug:key>/target/", definitions.target_add, name="target_add"),
    path("<slug:key>/status/", definitions.status_override, name="status_override"),
    path("<slug:key>/measurement/", measurements.measurement_add, name="measurement_add"),
    path(
        "<slug:key>/measurement/<uuid:measurement_id>/correct/",
        measurements.measurement_correct,
        name="measurement_correct",
    ),
    path(
        "<slug:key>/measurement/<uuid:measurement_id>/remove/",
        measurements.measurement_remove,
        name="measurement_remove",
    ),
    path("<slug:key>/sources/", sources.kpi_sources, name="kpi_sources"),
    path("<slug:key>/import/", imports.import_create, name="import_create"),
    path("<slug:key>/import/<uuid:import_id>/", imports.import_detail, name="import_detail"),
    path(
        "<slug:key>/import/<uuid:import_id>/preview/",
        imports.import_preview,
        name="import_preview",
    ),
    path(
        "<slug:key>/import/<uuid:import_id>/rejected/",
        imports.import_errors,
        name="import_errors",
    ),
]
