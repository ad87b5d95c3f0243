"""The companies, and what is a company's own beside its row."""

import datetime as dt
import zoneinfo

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from tenants.calendars.working import WEEKDAYS
from tenants.isolation import uuid7
from tenants.isolation.models import TenantForeignKey, TenantModel

WEEKDAY_CHOICES = [(day, day.title()) for day in WEEKDAYS]
ARCHIVE_KEPT = dt.timedelta(days=90)  # bowline.memberships_of says the same


def monday_to_friday() -> list[str]:
    """The working days of a new company."""
    return list(WEEKDAYS[:5])


class Tenant(models.Model):
    """A client company: the wall around everything that is its own."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        SUSPENDED = "suspended", "Suspended"
        ARCHIVED = "archived", "Archived"

    class WeekStart(models.TextChoices):
        MONDAY = "monday", "Monday"
        SATURDAY = "saturday", "Saturday"
        SUNDAY = "sunday", "Sunday"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.CharField(
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(
                r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$",
                "Use lower-case letters, digits and hyphens, such as northwind-robotics.",
            )
        ],
    )
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(
        max_length=3,
        default="USD",
        validators=[RegexValidator(r"^[A-Z]{3}$", "Use a three-letter code, such as USD.")],
    )
    week_start = models.CharField(max_length=8, choices=WeekStart.choices, default=WeekStart.MONDAY)
    fiscal_year_start_month = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    working_days = ArrayField(
        models.CharField(max_length=9, choices=WEEKDAY_CHOICES),
        default=monday_to_friday,
    )
    working_hours_start = models.TimeField(default=dt.time(9))
    working_hours_end = models.TimeField(default=dt.time(17))
    holiday_country = models.CharField(max_length=2, blank=True, default="")
    holiday_subdivision = models.CharField(max_length=20, blank=True, default="")
    holidays_through_year = models.PositiveSmallIntegerField(null=True, editable=False)
    update_due_weekday = models.CharField(
        max_length=9, choices=WEEKDAY_CHOICES, blank=True, default=""
    )
    update_due_time = models.TimeField(null=True, blank=True)
    brand_color = models.CharField(max_length=7, blank=True, default="")
    logo_version = models.CharField(max_length=16, blank=True, default="", editable=False)
    setup_dismissed_at = models.DateTimeField(null=True, editable=False)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.ACTIVE)
    status_reason = models.CharField(max_length=500, blank=True, default="", editable=False)
    status_changed_at = models.DateTimeField(null=True, editable=False)
    require_second_factor = models.BooleanField(default=False)
    second_factor_from = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(working_days__contained_by=list(WEEKDAYS))
                & models.Q(working_days__len__gt=0),
                name="tenant_works_on_some_day",
            ),
            models.CheckConstraint(
                condition=models.Q(working_hours_end__gt=models.F("working_hours_start"))
                | models.Q(working_hours_end=dt.time()),
                name="tenant_hours_end_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(fiscal_year_start_month__range=(1, 12)),
                name="tenant_fiscal_month",
            ),
            models.CheckConstraint(
                condition=models.Q(require_second_factor=False, second_factor_from__isnull=True)
                | models.Q(require_second_factor=True, second_factor_from__isnull=False),
                name="tenant_second_factor_has_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    @property
    def today(self) -> dt.date:
        """The date it is at the client's."""
        return timezone.now().astimezone(self.zone).date()

    @property
    def is_writable(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def restorable_until(self) -> dt.datetime | None:
        """Until when an admin can bring an archived company back."""
        if self.status != self.Status.ARCHIVED or self.status_changed_at is None:
            return None
        return self.status_changed_at + ARCHIVE_KEPT

    @property
    def brand_version(self) -> str:
        """What the addresses of its stylesheet and logo carry: they may be kept for ever."""
        colour = self.brand_color.removeprefix("#")
        return "-".join(part for part in (colour, self.logo_version) if part)

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in words[:2]).upper()


class Logo(TenantModel):
    """A company's logo, apart from its row: only the page that shows it reads the picture."""

    content = models.BinaryField()
    content_type = models.CharField(max_length=20)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="logo_one")]


class SetupMark(TenantModel):
    """A step of the set-up that a company does not need, and who said so."""

    step = models.CharField(max_length=40)
    member = TenantForeignKey(
        "tenants.Member", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "step"], name="setupmark_once_a_step"),
        ]

    def __str__(self) -> str:
        return self.step
