from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Tenants"

    def ready(self) -> None:
        """Register the kinds of background work and the pages of this floor."""
        from tenants import (
            invitations,  # noqa: F401
            login_notices,  # noqa: F401
            setup,
            sign_ins,  # noqa: F401
        )
        from tenants.calendars import filling  # noqa: F401
        from tenants.files import tasks as file_tasks  # noqa: F401
        from tenants.jobs import cleaning  # noqa: F401
        from tenants.notifications import tasks  # noqa: F401
        from tenants.notifications.kinds import Email, register_kind
        from tenants.ui import refusals
        from tenants.ui.navigation import NavItem, register
        from tenants.ui.settings_menu import SettingsPage
        from tenants.ui.settings_menu import register as register_settings

        refusals.say_in_our_words()
        setup.register(
            setup.SetupStep(
                key="people",
                title="Invite your CTO and your team",
                hint="Who works here, and what each may do",
                why="Your CTO writes the weekly update; finance and board approve spend.",
                minutes=3,
                order=10,
                url_name="member_invite",
                look="member_list",
                action="Invite people",
                permission="member.manage",
                done_sql="select exists (select from tenants_member where tenant_id = %(tenant)s "
                "and roles @> array['cto']::varchar[] and status = 'active')",
            ),
            setup.SetupStep(
                key="calendar",
                title="Choose your holidays",
                hint="Clocks and deadlines stand still on days off",
                why="Keep the public holidays of your country, and add your own days.",
                minutes=1,
                order=20,
                url_name="settings_holidays",
                action="Choose holidays",
                permission="tenant.manage",
                done_sql="select exists (select from tenants_holiday where tenant_id = %(tenant)s)",
            ),
        )
        register_settings(
            SettingsPage(
                key="setup",
                label="Set-up",
                url_name="setup_page",
                order=5,
                hint="What is left to do until the company works",
            ),
            SettingsPage(
                key="general",
                label="General",
                url_name="settings_general",
                order=10,
                hint="Name, time zone, currency, week and fiscal year",
            ),
            SettingsPage(
                key="hours",
                label="Calendar and hours",
                url_name="settings_hours",
                order=20,
                hint="Working days and hours, and when the weekly update is due",
            ),
            SettingsPage(
                key="holidays",
                label="Holidays",
                url_name="settings_holidays",
                permission="tenant.view",
                order=25,
                hint="Public holidays of your country, and your own days",
            ),
            SettingsPage(
                key="branding",
                label="Branding",
                url_name="settings_branding",
                order=30,
                hint="Your colour and logo",
            ),
            SettingsPage(
                key="sign-in",
                label="Sign-in",
                url_name="second_factor_rule",
                order=40,
                hint="Whether everyone needs a second factor, and who has none",
            ),
            SettingsPage(
                key="status",
                label="Archive",
                url_name="settings_status",
                order=90,
                hint="Put the company away, and bring it back",
            ),
        )
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
                key="settings",
                label="Settings",
                icon="sliders",
                url_name="settings_overview",
                permission="tenant.view",
                order=94,
                foot=True,
            ),
            NavItem(
                key="people",
                label="People",
                icon="users",
                url_name="member_list",
                permission="member.view",
                order=90,
                foot=True,
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
