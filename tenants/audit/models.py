"""The audit trail's tables."""

from django.db import models
from django.utils import timezone

from tenants.isolation.models import TenantModel


class AuditEvent(TenantModel):
    """One thing that somebody did.

    `seq`, `previous_hash` and `hash` are written by the database when the transaction commits
    (a deferred trigger, see the migration), so the trail is in commit order and no two
    transactions wait for each other before they are done.
    """

    occurred_at = models.DateTimeField(default=timezone.now, editable=False)
    actor_id = models.UUIDField(null=True, editable=False)
    actor_name = models.CharField(max_length=200, editable=False)
    verb = models.CharField(max_length=80, editable=False)
    target_type = models.CharField(max_length=80, blank=True, editable=False)
    target_id = models.UUIDField(null=True, editable=False)
    target_label = models.CharField(max_length=300, blank=True, editable=False)
    changes = models.JSONField(default=dict, editable=False)
    request_id = models.CharField(max_length=64, blank=True, editable=False)
    seq = models.BigIntegerField(null=True, editable=False)
    previous_hash = models.BinaryField(null=True, editable=False)
    hash = models.BinaryField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "seq"], name="auditevent_one_seq"),
        ]
        indexes = [
            models.Index(fields=["tenant", "target_id", "id"], name="auditevent_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name} {self.verb} {self.target_label}".strip()


class AuditHead(models.Model):
    """The end of a tenant's chain: its last number and hash. Grows with every audited write,
    so `seq` is also the version of what a page of this tenant shows."""

    tenant = models.OneToOneField("tenants.Tenant", primary_key=True, on_delete=models.CASCADE)
    seq = models.BigIntegerField(default=0)
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.tenant_id} at {self.seq}"
