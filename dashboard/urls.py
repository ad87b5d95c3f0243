from django.urls import path

from dashboard import setup, views

urlpatterns = [
    path("t/<slug:slug>/", views.dashboard, name="dashboard"),
    path("t/<slug:slug>/setup/", setup.setup_page, name="setup_page"),
    path("t/<slug:slug>/setup/show/", setup.setup_show, name="setup_show"),
    path("t/<slug:slug>/setup/figures/", setup.setup_figures, name="setup_figures"),
    path("t/<slug:slug>/setup/<slug:key>/", setup.setup_step, name="setup_step"),
    path("portfolio/", views.portfolio, name="portfolio"),
]
