from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Tenants"

    def ready(self) -> None:
        """Register the kinds of background work of this floor."""
        from tenants.jobs import cleaning  # noqa: F401
