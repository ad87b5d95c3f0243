"""Working days, working hours and holidays of a company."""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tenants.isolation.context
import tenants.isolation.ids
import tenants.models
from tenants.isolation.operations import IsolateTable

DOOR = """
-- The tick's question alone: whose list of public holidays does not reach so far yet.
create function bowline.tenants_short_of_holidays() returns setof uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t.id from public.tenants_tenant t
  where t.status = 'active' and t.holiday_country <> ''
    and coalesce(t.holidays_through_year, 0) < extract(year from now())::int + 2
$$;
revoke execute on function bowline.tenants_short_of_holidays() from public;
grant execute on function bowline.tenants_short_of_holidays() to bowline_tick;
"""
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_job_claims")]

    operations = [
        migrations.CreateModel(
            name="Holiday",
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("date", models.DateField()),
                ("name", models.CharField(max_length=120)),
                (
                    "source",
                    models.CharField(
                        choices=[("list", "Public list"), ("own", "Own")],
                        default="own",
                        max_length=4,
                    ),
                ),
                ("country", models.CharField(blank=True, editable=False, max_length=2)),
                ("subdivision", models.CharField(blank=True, editable=False, max_length=20)),
                ("active", models.BooleanField(default=True)),
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
            ],
            options={
                "ordering": ["date", "source"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "date", "source"), name="holiday_once_a_date_and_source"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("country", ""), ("source", "own"), ("subdivision", "")),
                            models.Q(("source", "list"), models.Q(("country", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="holiday_of_a_list_names_its_country",
                    ),
                ],
            },
        ),
        IsolateTable("Holiday"),
        migrations.AddField(
            model_name="tenant",
            name="holiday_country",
            field=models.CharField(blank=True, default="", max_length=2),
        ),
        migrations.AddField(
            model_name="tenant",
            name="holiday_subdivision",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        migrations.AddField(
            model_name="tenant",
            name="holidays_through_year",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="tenant",
            name="working_days",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[(day, day.title()) for day in WEEKDAYS], max_length=9
                ),
                default=tenants.models.monday_to_friday,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="tenant",
            name="working_hours_start",
            field=models.TimeField(default=datetime.time(9, 0)),
        ),
        migrations.AddField(
            model_name="tenant",
            name="working_hours_end",
            field=models.TimeField(default=datetime.time(17, 0)),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("working_days__contained_by", WEEKDAYS), ("working_days__len__gt", 0)
                ),
                name="tenant_works_on_some_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("working_hours_end__gt", models.F("working_hours_start")),
                    ("working_hours_end", datetime.time(0, 0)),
                    _connector="OR",
                ),
                name="tenant_hours_end_after_start",
            ),
        ),
        migrations.RunSQL(DOOR, "drop function bowline.tenants_short_of_holidays()"),
    ]
