"""The inbox, under /t/<slug>/notifications/."""

from django.urls import path

from tenants.notifications import views

urlpatterns = [
    path("", views.notification_list, name="notification_list"),
    path("count/", views.notification_count, name="notification_count"),
    path("read-all/", views.notification_read_all, name="notification_read_all"),
    path("read-all/undo/", views.notification_unread_all, name="notification_unread_all"),
    path("<uuid:notification_id>/", views.notification_open, name="notification_open"),
    path("<uuid:notification_id>/mark/", views.notification_mark, name="notification_mark"),
]
