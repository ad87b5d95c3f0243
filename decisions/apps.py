from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "decisions"

    def ready(self) -> None:
        """Register what a new company starts with, and the jobs."""
        from decisions import notices, tasks  # noqa: F401
        from decisions.services.tiers import default_policy_seed
        from tenants import provisioning

        provisioning.register(default_policy_seed)
        notices.register()
