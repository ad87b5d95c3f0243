from django.urls import path

from tenants.profile import views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("sessions/<int:pk>/end/", views.session_end, name="session_end"),
    path("second-factor/", views.second_factor_setup, name="second_factor"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    # in front of allauth's own page at this address
    path(
        "2fa/webauthn/keys/<int:pk>/remove/",
        views.PasskeyRemoveView.as_view(),
        name="mfa_remove_webauthn",
    ),
]
