"""Stored files, under /t/<slug>/files/."""

from django.urls import path

from tenants.files import views

urlpatterns = [
    path("<uuid:file_id>/", views.file_download, name="file_download"),
    path("<uuid:file_id>/remove/", views.file_remove, name="file_remove"),
]
