from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "kpis"
    verbose_name = "Key figures"

    def ready(self) -> None:
        from kpis import handover, notices, standing, tasks  # noqa: F401  register themselves
        from kpis.services.definitions import catalogue_seed
        from tenants import provisioning
        from tenants.company import rebuilds
        from tenants.ui import navigation
        from tenants.ui.navigation import NavItem

        handover.register()
        notices.register()
        provisioning.register(catalogue_seed)
        rebuilds.register("kpis.rebuild")
        navigation.register(
            NavItem(
                key="kpis",
                label="Key figures",
                icon="kpi",
                url_name="kpi_list",
                permission="kpi.view",
                order=30,
            )
        )
