"""What a process must prove about its database roles before it serves."""

from django.core.exceptions import ImproperlyConfigured
from django.db import connections

_RIGHTS = "select current_user, rolsuper, rolbypassrls from pg_roles where rolname = current_user"


def refuse_privileged_roles() -> None:
    """Raise ImproperlyConfigured when web or workers could see past row level security."""
    for alias in ("default", "tick", "export"):
        name, is_superuser, bypasses = _rights(alias)
        if is_superuser or bypasses:
            raise ImproperlyConfigured(
                f"Database role {name!r} (alias {alias!r}) is a superuser or has BYPASSRLS: "
                "tenants would not be isolated. Use bowline_app, bowline_tick, bowline_export."
            )


def require_migration_role(alias: str) -> None:
    """Raise ImproperlyConfigured unless the role sees all rows: else migrations change none."""
    name, is_superuser, bypasses = _rights(alias)
    if not (is_superuser or bypasses):
        raise ImproperlyConfigured(
            f"Database role {name!r} is under row level security: a migration would change 0 rows "
            "without a word. Migrate as bowline_migrate (MIGRATE_DATABASE_URL)."
        )


def _rights(alias: str) -> tuple[str, bool, bool]:
    with connections[alias].cursor() as cursor:
        cursor.execute(_RIGHTS)
        name, is_superuser, bypasses = cursor.fetchone()
    return name, is_superuser, bypasses
