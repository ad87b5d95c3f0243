from django.apps import AppConfig

from tenants.ui import navigation


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        navigation.register(
            navigation.NavItem(
                key="dashboard",
                label="Dashboard",
                icon="dash",
                url_name="dashboard",
                permission="dashboard.view",
                order=10,
            )
        )
