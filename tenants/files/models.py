"""A stored file and its bytes."""

from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models

from tenants.isolation.models import TenantForeignKey, TenantModel, TimestampedTenantModel

NAME_MOST = 150


class StoredFile(TimestampedTenantModel):
    """A file of one record (`target`), whose rules say who may read and change it.

    `content_type` is what the bytes are, not what the sender said. `is_complete` is False while a
    job still writes it. After `expires_at` it is removed.
    """

    name = models.CharField(max_length=NAME_MOST)
    size = models.BigIntegerField(default=0)
    content_type = models.CharField(max_length=120)
    sha256 = models.CharField(
        max_length=64, blank=True, validators=[RegexValidator(r"^([0-9a-f]{64})?$")]
    )
    target_type = models.CharField(max_length=80)
    target_id = models.UUIDField()
    uploaded_by = TenantForeignKey(
        "tenants.Member", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    uploaded_by_name = models.CharField(max_length=200, blank=True)
    is_complete = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(TimestampedTenantModel.Meta):
        ordering: ClassVar[list[str]] = ["id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "target_type", "target_id"], name="file_of_record"),
            models.Index(
                fields=["tenant", "expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="file_expires",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FileChunk(TenantModel):
    """A quarter of a megabyte of a file."""

    file = TenantForeignKey(StoredFile, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta(TenantModel.Meta):
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "file", "number"], name="file_chunk_number"),
        ]
