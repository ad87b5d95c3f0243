from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"

    def ready(self) -> None:
        from reviews import handover, notices, tasks  # noqa: F401  tasks register their jobs
        from tenants.ui.navigation import NavItem, register

        handover.register()
        notices.register()

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
