"""Keys to the API, and the answers that are kept for them."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from tenants.isolation.models import TenantForeignKey, TenantModel, TimestampedTenantModel
from tenants.models.members import Member


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
