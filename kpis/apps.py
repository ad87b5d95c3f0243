from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "kpis"
    verbose_name = "Key figures"

    def ready(self) -> None:
        from kpis import figures, handover, notices, standing, tasks  # noqa: F401  register themselves
        from kpis.services.definitions import catalogue_seed
        from tenants import member_facts, provisioning, setup
        from tenants.company import rebuilds
        from tenants.ui import navigation
        from tenants.ui.navigation import NavItem

        handover.register()
        notices.register()
        provisioning.register(catalogue_seed)
        member_facts.register(figures.WAITING_FACT, figures.WAITING)
        rebuilds.register("kpis.rebuild")
        setup.register(
            setup.SetupStep(
                key="figures",
                title="Choose key figures",
                hint="Best done together with your CTO",
                why="Start with one or two per group. The others stay in the catalogue.",
                minutes=5,
                order=50,
                url_name="kpi_list",
                action="Choose figures",
                keep="Use all of them",
                permission="kpi.manage",
                done_sql="select exists (select from kpis_kpi "
                "where tenant_id = %(tenant)s and not is_active)",
                part="setup/_figures.html",
            ),
            setup.SetupStep(
                key="targets",
                title="Set the first target",
                hint="From which value on a figure is fine",
                why="No target is never green. One is enough to begin with.",
                minutes=3,
                order=70,
                url_name="target_choose",
                look="kpi_list",
                action="Choose the figure",
                permission="kpi.target",
                done_sql="select exists (select from kpis_target where tenant_id = %(tenant)s)",
            ),
            setup.SetupStep(
                key="data",
                title="Bring in the first measurements",
                hint="By hand, from a CSV file, or through the API",
                why="With the first value the dashboard begins to answer.",
                minutes=5,
                order=80,
                url_name="import_choose",
                look="kpi_list",
                action="Import a file",
                permission="kpi.import",
                done_sql="select exists (select from kpis_measurement "
                "where tenant_id = %(tenant)s)",
                essential=True,
            ),
        )
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
