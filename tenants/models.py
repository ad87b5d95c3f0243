"""People and the companies they work for."""

import datetime as dt
import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from tenants import doors
from tenants.audit.models import AuditEvent, AuditHead
from tenants.calendars.models import Holiday
from tenants.calendars.working import WEEKDAYS
from tenants.files.models import FileChunk, StoredFile
from tenants.isolation import uuid7
from tenants.isolation.models import TenantForeignKey, TenantModel, TimestampedTenantModel
from tenants.jobs.models import Heartbeat, Job
from tenants.notifications.models import (
    Delivery,
    Digest,
    Notification,
    NotificationPreferences,
    Reminder,
)
from tenants.permissions import ROLE_NAMES, Role, roles_can
from tenants.revisions import Revision

__all__ = [
    "ApiKey",
    "AuditEvent",
    "AuditHead",
    "Delivery",
    "Digest",
    "FileChunk",
    "Heartbeat",
    "Holiday",
    "IdempotencyKey",
    "Invitation",
    "Job",
    "Logo",
    "Member",
    "Notification",
    "NotificationPreferences",
    "Reminder",
    "Revision",
    "SetupMark",
    "StoredFile",
    "Tenant",
    "User",
]


WEEKDAY_CHOICES = [(day, day.title()) for day in WEEKDAYS]
ARCHIVE_KEPT = dt.timedelta(days=90)  # bowline.memberships_of says the same


def monday_to_friday() -> list[str]:
    """The working days of a new company."""
    return list(WEEKDAYS[:5])


def initials_of(name: str) -> str:
    """Up to two letters for a name, one for an address."""
    words = name.partition("@")[0].split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class UserManager(BaseUserManager["User"]):
    """Logins by e-mail address, kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A login; without a password it cannot sign in until one is set."""
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return (email or "").strip().lower()

    def get(self, *args: Any, **kwargs: Any) -> "User":
        """By key alone, as each request's session asks: one plain statement, memberships with it.

        The ORM took longer to build that query than PostgreSQL to answer it.
        """
        if args or kwargs.keys() != {"pk"} or self.db != "default":
            return super().get(*args, **kwargs)
        user, memberships = doors.login(self.model, kwargs["pk"])
        if user is None:
            raise self.model.DoesNotExist(f"There is no login {kwargs['pk']}.")
        user.memberships_found = memberships
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=self.normalize_email(username))


USUAL_HOURS = (dt.time(9), dt.time(18))  # of a person who named none


class User(AbstractBaseUser):
    """A person's login. One login reaches many tenants through its memberships."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "As the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=10, default="en")
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    working_hours_start = models.TimeField(
        null=True, blank=True, help_text="On the person's own clock; empty for 9 to 18."
    )
    working_hours_end = models.TimeField(
        null=True, blank=True, help_text="Up to it; earlier than the start for work over midnight."
    )
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()
    memberships_found: "list[doors.Membership] | None" = None  # as of when the login was read

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(working_hours_start__isnull=True, working_hours_end__isnull=True)
                | models.Q(working_hours_start__isnull=False, working_hours_end__isnull=False)
                & ~models.Q(working_hours_start=models.F("working_hours_end")),
                name="user_working_hours_both",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """Up to two letters for the round picture beside a name."""
        return initials_of(self.name or self.email)

    @property
    def working_hours(self) -> tuple[dt.time, dt.time]:
        """The hours in which the person works, on their own clock; 9 to 18 unless they said."""
        if self.working_hours_start is None or self.working_hours_end is None:
            return USUAL_HOURS
        return self.working_hours_start, self.working_hours_end


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


class Member(TimestampedTenantModel):
    """A person in a tenant, with the roles they hold there. Also the actor of what they do.

    An invited person is one already, so that an engagement can name them: they cannot open the
    company yet, hold no right, and are shown by what the inviter wrote, never by what another
    company's people know of the login (`invited_email`, `invited_name`).
    """

    class Status(models.TextChoices):
        INVITED = "invited", "Invited"
        ACTIVE = "active", "Active"
        LEFT = "left", "Left"

    NAMEABLE = (Status.ACTIVE, Status.INVITED)  # who can be made CTO, sponsor or owner

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    title = models.CharField(max_length=120, blank=True)
    roles = ArrayField(models.CharField(max_length=20, choices=[(r.value, r.value) for r in Role]))
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.ACTIVE)
    invited_email = models.EmailField(blank=True)
    invited_name = models.CharField(max_length=120, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta(TimestampedTenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="member_once_per_tenant"),
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=[r.value for r in Role])
                & models.Q(roles__len__gt=0),
                name="member_has_known_roles",
            ),
            models.CheckConstraint(
                condition=models.Q(status="active", left_at__isnull=True, joined_at__isnull=False)
                | models.Q(status="left", left_at__isnull=False)
                | models.Q(status="invited"),
                name="member_status_has_dates",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="invited") | ~models.Q(invited_email=""),
                name="member_invited_has_address",
            ),
        ]
        indexes = [
            # the person's own memberships, read through the named door alone
            models.Index(fields=["user"], name="member_by_user"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def never_joined(self) -> bool:
        """Invited, or an invitation that was withdrawn: the login is not the company's to see."""
        return self.joined_at is None

    @property
    def name(self) -> str:
        if self.never_joined:
            return self.invited_name or self.invited_email
        return str(self.user)

    @property
    def email(self) -> str:
        return self.invited_email if self.never_joined else self.user.email

    @property
    def initials(self) -> str:
        return initials_of(self.name) if self.never_joined else self.user.initials

    @property
    def is_nameable(self) -> bool:
        """Whether an engagement, a figure or an initiative can be given to this person."""
        return self.status in self.NAMEABLE

    @property
    def role_names(self) -> list[str]:
        return [ROLE_NAMES[role] for role in Role if role in self.roles]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The reader's own zone, or the client's where they never chose one."""
        chosen = "" if self.never_joined else self.user.time_zone
        return zoneinfo.ZoneInfo(chosen) if chosen else self.tenant.zone

    # what makes a member an Actor

    @property
    def actor_id(self) -> Any:
        return self.pk

    @property
    def actor_name(self) -> str:
        return self.name

    def can(self, permission: str) -> bool:
        """Whether the role matrix grants `permission` to an active member with these roles."""
        return self.status == self.Status.ACTIVE and roles_can(self.roles, permission)

    def has_role(self, role: Role) -> bool:
        return role.value in self.roles


class ApiKey(TimestampedTenantModel):
    """A key to the API: a member's own, or a service's with named scopes.

    Only the SHA-256 of the secret is kept; the key itself is shown once.
    """

    name = models.CharField(max_length=120)
    member = TenantForeignKey(Member, on_delete=models.CASCADE, null=True, blank=True)
    scopes = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    prefix = models.CharField(max_length=16, unique=True)
    secret_hash = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    # what makes a service key an Actor

    @property
    def actor_id(self) -> Any:
        return self.member_id

    @property
    def actor_name(self) -> str:
        return self.member.name if self.member is not None else f"{self.name} (API key)"

    def can(self, permission: str) -> bool:
        """A member's key may what the member may; a service's key may what its scopes name."""
        if self.member is not None:
            return self.member.can(permission)
        return permission in self.scopes


class Invitation(TimestampedTenantModel):
    """An address that was asked to join: by a mail whose link works once, until `expires_at`.

    The link's token is derived from `salt` and the site's secret key, and only its SHA-256 is kept:
    the job that sends the mail can be repeated, and the row alone opens nothing.
    """

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    invited_by = TenantForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    salt = models.BinaryField(max_length=16)
    token_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TimestampedTenantModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "member"],
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(revoked_at__isnull=True),
                name="invitation_one_end",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "member", "id"], name="invitation_by_member")]

    def __str__(self) -> str:
        return self.email

    @property
    def is_open(self) -> bool:
        """Neither used nor withdrawn; it may still be too old."""
        return self.accepted_at is None and self.revoked_at is None

    @property
    def is_expired(self) -> bool:
        return self.is_open and self.expires_at <= timezone.now()


class IdempotencyKey(TenantModel):
    """The first answer to a POST under its Idempotency-Key, kept for 24 hours.

    `caller_id` is the member's id, or a service key's own: two people may choose the same key.
    """

    caller_id = models.UUIDField()
    key = models.CharField(max_length=255)
    call_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=100, blank=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "caller_id", "key"], name="idempotencykey_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "created_at"], name="idempotencykey_by_age"),
        ]

    def __str__(self) -> str:
        return self.key
