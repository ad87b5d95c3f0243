from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "decisions"

    def ready(self) -> None:
        """Register what a new company starts with, and the jobs."""
        from decisions import benefit_due, handover, notices, standing, tasks, waiting_count  # noqa: F401
        from decisions.models import SpendRequest
        from decisions.policies import check_can_attach, check_can_view
        from decisions.services.tiers import default_policy_seed
        from tenants import member_facts, provisioning, setup
        from tenants.files.owners import register_owner
        from tenants.ui.navigation import NavItem, register

        provisioning.register(default_policy_seed)
        register_owner(
            SpendRequest,
            may_view=lambda actor, request: check_can_view(actor=actor, request=request),
            may_change=lambda actor, request: check_can_attach(actor=actor, request=request),
        )
        notices.register()
        benefit_due.register()
        handover.register()
        member_facts.register(waiting_count.FACT, waiting_count.WAITING)
        setup.register(
            setup.SetupStep(
                key="tiers",
                title="Check the approval tiers",
                hint="Who approves which amount, from when, in how many hours",
                why="The default asks the CTO, from 10,000 finance too, over 50,000 the board.",
                minutes=3,
                order=60,
                url_name="tiers_edit",
                action="Check the tiers",
                keep="Keep the default tiers",
                permission="approval_policy.manage",
                done_sql="select exists (select from decisions_approvalpolicy "
                "where tenant_id = %(tenant)s and created_by_id is not null)",
            )
        )
        register(
            NavItem(
                key="spend",
                label="Spend",
                icon="spend",
                url_name="spend_list",
                permission="spend.view",
                order=36,
                count=waiting_count.waiting_count,
            )
        )
