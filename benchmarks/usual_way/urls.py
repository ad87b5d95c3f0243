"""The product's addresses, and those that are measured against it."""

from django.urls import path

from benchmarks.usual_way import views
from config.urls import urlpatterns as product

urlpatterns = [
    path("t/<slug:slug>/usual/", views.usual_dashboard, name="usual_dashboard"),
    path("ok/", views.ok, name="ok"),
    path("ok/user/", views.ok_for_user, name="ok_for_user"),
    *product,
]
