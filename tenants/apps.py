from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Tenants"

    def ready(self) -> None:
        """Register the kinds of background work and the pages of this floor."""
        from tenants import sign_ins  # noqa: F401
        from tenants.calendars import filling  # noqa: F401
        from tenants.files import tasks as file_tasks  # noqa: F401
        from tenants.jobs import cleaning  # noqa: F401
        from tenants.notifications import tasks  # noqa: F401
        from tenants.notifications.kinds import Email, register_kind
        from tenants.ui.navigation import NavItem, register

        register_kind(
            "job.failed",
            label="A background job failed",
            group="Background work",
            permission="job.view",
            email=Email.ONCE,
        )
        register_kind(
            "mail.failed",
            label="Mail is not sent",
            group="Background work",
            permission="job.view",
            email=Email.OFF,
        )
        register(
            NavItem(
                key="inbox",
                label="Notifications",
                icon="bell",
                url_name="notification_list",
                permission="notification.view",
                order=12,
                count=lambda request: getattr(request, "unread_count", 0),
            ),
            NavItem(
                key="audit",
                label="Audit",
                icon="audit",
                url_name="audit_list",
                permission="audit.view",
                order=95,
                foot=True,
            ),
            NavItem(
                key="jobs",
                label="Background jobs",
                icon="loader",
                url_name="job_list",
                permission="job.view",
                order=96,
                foot=True,
            ),
        )
