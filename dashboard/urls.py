from django.urls import path

from dashboard import views

urlpatterns = [
    path("t/<slug:slug>/", views.dashboard, name="dashboard"),
    path("portfolio/", views.portfolio, name="portfolio"),
]
