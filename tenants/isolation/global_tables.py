"""Tables without a tenant: each with its reason and the rights the app has on it.

`migrate` grants exactly these; a guard test fails for a table that is neither here nor isolated.
"""

GLOBAL_TABLES: dict[str, tuple[str, str]] = {
    # table: (rights of bowline_app, reason)
    "django_migrations": ("SELECT", "which migrations ran: readiness reads it"),
    "django_content_type": ("SELECT", "Django's list of models, no data of anybody"),
    "auth_permission": ("", "Django's own permissions, unused"),
    "auth_group": ("", "Django's own groups, unused"),
    "auth_group_permissions": ("", "Django's own groups, unused"),
    "django_session": (
        "SELECT, INSERT, UPDATE, DELETE",
        "a session exists before a tenant is chosen; holds a user id, never a tenant's data",
    ),
    "tenants_user": (
        "SELECT, INSERT, UPDATE",
        "one login reaches many tenants; read only through memberships",
    ),
    "tenants_heartbeat": ("SELECT", "when the background work was last seen; tells of no tenant"),
    "account_emailaddress": (
        "SELECT, INSERT, UPDATE, DELETE",
        "the login's verified addresses, allauth",
    ),
    "account_emailconfirmation": (
        "SELECT, INSERT, UPDATE, DELETE",
        "addresses waiting to be verified, allauth",
    ),
    "mfa_authenticator": (
        "SELECT, INSERT, UPDATE, DELETE",
        "the login's second factors, their secrets encrypted, allauth",
    ),
    "usersessions_usersession": (
        "SELECT, INSERT, UPDATE, DELETE",
        "where the login is signed in, allauth",
    ),
}
