from django.apps import AppConfig


class EngagementsConfig(AppConfig):
    name = "engagements"

    def ready(self) -> None:
        from engagements import away, notices_roadmap, notices_working, standing  # noqa: F401
        from engagements import tasks as daily_tasks  # noqa: F401  registers the jobs
        from engagements.handover import notices, parts, tasks  # noqa: F401
        from engagements.models import Engagement, HandoverPack
        from engagements.services import tools_seed
        from engagements.telling import register_kinds
        from tenants import member_facts, provisioning, setup
        from tenants.files.owners import register_owner
        from tenants.policies import check
        from tenants.ui import notices as page_notices
        from tenants.ui.navigation import NavItem, register

        register_owner(
            Engagement,
            may_view=lambda actor, engagement: check(actor, "engagement.view"),
            may_change=lambda actor, engagement: check(actor, "engagement.attach"),
        )

        register_owner(HandoverPack, may_view=notices.not_here, may_change=notices.not_here)
        notices.register()
        parts.register()
        notices_working.register()
        notices_roadmap.register()
        setup.register(
            setup.SetupStep(
                key="engagement",
                title="Start the engagement",
                hint="Who your CTO is, what for, and since when",
                why="Everything else hangs on it: hours, letters, reviews.",
                minutes=2,
                order=30,
                url_name="engagement_create",
                look="engagement_detail",
                action="Start the engagement",
                permission="engagement.manage",
                done_sql="select exists (select from engagements_engagement "
                "where tenant_id = %(tenant)s)",
                essential=True,
            ),
            setup.SetupStep(
                key="retainer",
                title="Agree on the retainer",
                hint="Hours a month, fee, and what happens to unused hours",
                why="Without terms nobody sees how many hours are left.",
                minutes=2,
                order=40,
                url_name="terms_start",
                look="engagement_detail",
                action="Agree on the retainer",
                permission="terms.manage",
                done_sql="select exists (select from engagements_terms "
                "where tenant_id = %(tenant)s)",
            ),
        )
        register_kinds()
        provisioning.register(tools_seed)
        member_facts.register(away.FACT, away.ABSENCES)
        page_notices.register(away.away_notices)
        register(
            NavItem(
                key="engagement",
                label="Engagement",
                icon="engagement",
                url_name="engagement_detail",
                permission="engagement.view",
                order=40,
            ),
            NavItem(
                key="time",
                label="Time",
                icon="wait",
                url_name="time_week",
                permission="time.view",
                order=42,
            ),
            NavItem(
                key="handover",
                label="Handover",
                icon="package-check",
                url_name="handover_detail",
                permission="handover.build",
                order=44,
            ),
            NavItem(
                key="initiatives",
                label="Initiatives",
                icon="flag",
                url_name="initiative_list",
                permission="initiative.view",
                order=32,
            ),
            NavItem(
                key="working",
                label="Working together",
                icon="users",
                url_name="charter_detail",
                permission="charter.view",
                order=44,
            ),
        )
