"""A person's own choices, under /accounts/notifications/: outside of any one company."""

from django.urls import path

from tenants.notifications.views import account

urlpatterns = [
    path("", account.notification_settings, name="notification_settings"),
    path(
        "unsubscribe/<str:token>/",
        account.notification_unsubscribe,
        name="notification_unsubscribe",
    ),
]
