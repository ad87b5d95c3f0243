"""Who belongs to a company, and who was asked to."""

import zoneinfo
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from tenants.isolation.models import TenantForeignKey, TimestampedTenantModel
from tenants.models.users import User, initials_of
from tenants.permissions import ROLE_NAMES, Role, roles_can


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
