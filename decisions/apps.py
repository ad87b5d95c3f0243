from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "decisions"

    def ready(self) -> None:
        """Register what a new company starts with, and the jobs."""
        from decisions import notices, standing, tasks  # noqa: F401
        from decisions.models import SpendRequest
        from decisions.policies import check_can_attach, check_can_view
        from decisions.services.tiers import default_policy_seed
        from tenants import provisioning
        from tenants.files.owners import register_owner
        from tenants.ui.navigation import NavItem, register

        provisioning.register(default_policy_seed)
        register_owner(
            SpendRequest,
            may_view=lambda actor, request: check_can_view(actor=actor, request=request),
            may_change=lambda actor, request: check_can_attach(actor=actor, request=request),
        )
        notices.register()
        register(
            NavItem(
                key="spend",
                label="Spend",
                icon="spend",
                url_name="spend_list",
                permission="spend.view",
                order=36,
            )
        )
