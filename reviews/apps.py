from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"

    def ready(self) -> None:
        from reviews import handover, notices, tasks  # noqa: F401  tasks register their jobs
        from tenants import setup
        from tenants.ui.navigation import NavItem, register

        handover.register()
        notices.register()
        setup.register(
            setup.SetupStep(
                key="cadence",
                title="Say when the weekly update is due",
                hint="Your CTO writes it, you read it, on the same day each week",
                why="Sent later than this, it shows as late. Friday at 17:00 suits most companies.",
                minutes=1,
                order=60,
                url_name="settings_hours",
                action="Choose the deadline",
                permission="tenant.manage",
                done_sql="select update_due_weekday <> '' from tenants_tenant "
                "where id = %(tenant)s",
            )
        )
        register(
            NavItem(
                key="updates",
                label="Weekly updates",
                icon="update",
                url_name="update_list",
                permission="update.view",
                order=20,
            )
        )
