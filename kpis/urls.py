"""Pages of key figures, under /t/<slug>/kpis/. No key starts with a hyphen, so `-` is ours."""

from django.urls import path

from kpis.views import figures

urlpatterns = [
    path("", figures.kpi_list, name="kpi_list"),
    path("<slug:key>/", figures.kpi_detail, name="kpi_detail"),
    path("<slug:key>/csv/", figures.kpi_csv, name="kpi_csv"),
]
