from django.urls import path

from tenants.people import keys, views

urlpatterns = [
    path("", views.member_list, name="member_list"),
    path("invite/", views.member_invite, name="member_invite"),
    path("roles/", views.role_matrix, name="role_matrix"),
    path("security/", views.second_factor_rule, name="second_factor_rule"),
    path("leave/", views.member_leave, name="member_leave"),
    path("keys/", keys.api_key_list, name="api_key_list"),
    path("keys/new/", keys.api_key_create, name="api_key_create"),
    path("keys/<uuid:pk>/revoke/", keys.api_key_revoke, name="api_key_revoke"),
    path("<uuid:pk>/", views.member_detail, name="member_detail"),
    path("<uuid:pk>/roles/", views.member_roles, name="member_roles"),
    path("<uuid:pk>/remove/", views.member_remove, name="member_remove"),
    path("<uuid:pk>/resend/", views.invitation_resend, name="invitation_resend"),
    path("<uuid:pk>/revoke/", views.invitation_revoke, name="invitation_revoke"),
]
