"""People, companies and memberships."""

import datetime

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.models
from tenants.isolation.operations import CreateTable
from tenants.migrations import BEFORE


class Migration(migrations.Migration):
    replaces = BEFORE
    initial = True

    dependencies = []

    operations = [
        CreateTable(
            name="Tenant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.isolation.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "slug",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$",
                                "Use lower-case letters, digits and hyphens, such as northwind-robotics.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "currency",
                    models.CharField(
                        default="USD",
                        max_length=3,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[A-Z]{3}$", "Use a three-letter code, such as USD."
                            )
                        ],
                    ),
                ),
                (
                    "week_start",
                    models.CharField(
                        choices=[
                            ("monday", "Monday"),
                            ("saturday", "Saturday"),
                            ("sunday", "Sunday"),
                        ],
                        default="monday",
                        max_length=8,
                    ),
                ),
                (
                    "fiscal_year_start_month",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(12),
                        ],
                    ),
                ),
                (
                    "working_days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("monday", "Monday"),
                                ("tuesday", "Tuesday"),
                                ("wednesday", "Wednesday"),
                                ("thursday", "Thursday"),
                                ("friday", "Friday"),
                                ("saturday", "Saturday"),
                                ("sunday", "Sunday"),
                            ],
                            max_length=9,
                        ),
                        default=tenants.models.monday_to_friday,
                        size=None,
                    ),
                ),
                ("working_hours_start", models.TimeField(default=datetime.time(9, 0))),
                ("working_hours_end", models.TimeField(default=datetime.time(17, 0))),
                ("holiday_country", models.CharField(blank=True, default="", max_length=2)),
                ("holiday_subdivision", models.CharField(blank=True, default="", max_length=20)),
                (
                    "holidays_through_year",
                    models.PositiveSmallIntegerField(editable=False, null=True),
                ),
                (
                    "update_due_weekday",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("monday", "Monday"),
                            ("tuesday", "Tuesday"),
                            ("wednesday", "Wednesday"),
                            ("thursday", "Thursday"),
                            ("friday", "Friday"),
                            ("saturday", "Saturday"),
                            ("sunday", "Sunday"),
                        ],
                        default="",
                        max_length=9,
                    ),
                ),
                ("update_due_time", models.TimeField(blank=True, null=True)),
                ("brand_color", models.CharField(blank=True, default="", max_length=7)),
                (
                    "logo_version",
                    models.CharField(blank=True, default="", editable=False, max_length=16),
                ),
                ("setup_dismissed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("suspended", "Suspended"),
                            ("archived", "Archived"),
                        ],
                        default="active",
                        max_length=9,
                    ),
                ),
                (
                    "status_reason",
                    models.CharField(blank=True, default="", editable=False, max_length=500),
                ),
                ("status_changed_at", models.DateTimeField(editable=False, null=True)),
                ("require_second_factor", models.BooleanField(default=False)),
                ("second_factor_from", models.DateTimeField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "working_days__contained_by",
                                [
                                    "monday",
                                    "tuesday",
                                    "wednesday",
                                    "thursday",
                                    "friday",
                                    "saturday",
                                    "sunday",
                                ],
                            ),
                            ("working_days__len__gt", 0),
                        ),
                        name="tenant_works_on_some_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("working_hours_end__gt", models.F("working_hours_start")),
                            ("working_hours_end", datetime.time(0, 0)),
                            _connector="OR",
                        ),
                        name="tenant_hours_end_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("fiscal_year_start_month__range", (1, 12))),
                        name="tenant_fiscal_month",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("require_second_factor", False),
                                ("second_factor_from__isnull", True),
                            ),
                            models.Q(
                                ("require_second_factor", True),
                                ("second_factor_from__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="tenant_second_factor_has_start",
                    ),
                ],
            },
        ),
        CreateTable(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=tenants.isolation.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("name", models.CharField(blank=True, max_length=120)),
                ("time_zone", models.CharField(blank=True, max_length=64)),
                ("language", models.CharField(default="en", max_length=10)),
                (
                    "theme",
                    models.CharField(
                        choices=[("system", "As the system"), ("light", "Light"), ("dark", "Dark")],
                        default="system",
                        max_length=6,
                    ),
                ),
                (
                    "working_hours_start",
                    models.TimeField(
                        blank=True,
                        help_text="On the person's own clock; empty for 9 to 18.",
                        null=True,
                    ),
                ),
                (
                    "working_hours_end",
                    models.TimeField(
                        blank=True,
                        help_text="Up to it; earlier than the start for work over midnight.",
                        null=True,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("working_hours_end__isnull", True),
                                ("working_hours_start__isnull", True),
                            ),
                            models.Q(
                                ("working_hours_end__isnull", False),
                                ("working_hours_start__isnull", False),
                                models.Q(
                                    ("working_hours_start", models.F("working_hours_end")),
                                    _negated=True,
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="user_working_hours_both",
                    )
                ],
            },
        ),
        CreateTable(
            name="Member",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenants.isolation.ids.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=tenants.isolation.context.tenant_or_none,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=120)),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("admin", "admin"),
                                ("executive", "executive"),
                                ("cto", "cto"),
                                ("finance", "finance"),
                                ("board", "board"),
                                ("team", "team"),
                                ("observer", "observer"),
                            ],
                            max_length=20,
                        ),
                        size=None,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("invited", "Invited"), ("active", "Active"), ("left", "Left")],
                        default="active",
                        max_length=7,
                    ),
                ),
                ("invited_email", models.EmailField(blank=True, max_length=254)),
                ("invited_name", models.CharField(blank=True, max_length=120)),
                ("joined_at", models.DateTimeField(blank=True, null=True)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                ("last_seen_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "abstract": False,
                "indexes": [models.Index(fields=["user"], name="member_by_user")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "user"), name="member_once_per_tenant"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "roles__contained_by",
                                [
                                    "admin",
                                    "executive",
                                    "cto",
                                    "finance",
                                    "board",
                                    "team",
                                    "observer",
                                ],
                            ),
                            ("roles__len__gt", 0),
                        ),
                        name="member_has_known_roles",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("joined_at__isnull", False),
                                ("left_at__isnull", True),
                                ("status", "active"),
                            ),
                            models.Q(("left_at__isnull", False), ("status", "left")),
                            ("status", "invited"),
                            _connector="OR",
                        ),
                        name="member_status_has_dates",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "invited"), _negated=True),
                            models.Q(("invited_email", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="member_invited_has_address",
                    ),
                ],
            },
        ),
    ]
