"""What was said to whom, by which way it goes out, and what is to be said later."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from tenants.isolation.models import TenantForeignKey, TenantModel, TimestampedTenantModel

TITLE_MOST, BODY_MOST, LINK_MOST, KEY_MOST = 200, 400, 300, 200


class Message(TenantModel):
    """The words of a notification, and where they lead.

    `link` is a path inside the tenant without `/t/<slug>/`; `actions` are further ones, as
    `[label, link]`. `target` is the record that it is about.
    """

    kind = models.CharField(max_length=80)
    title = models.CharField(max_length=TITLE_MOST)
    body = models.CharField(max_length=BODY_MOST, blank=True)
    link = models.CharField(max_length=LINK_MOST, blank=True)
    actions = models.JSONField(default=list, blank=True)
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.UUIDField(null=True, blank=True)
    deadline = models.DateTimeField(null=True, blank=True)
    dedupe_key = models.CharField(max_length=KEY_MOST, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.title


class Notification(Message):
    """One thing that one person is told; unread until they open it or say so.

    Under one `dedupe_key` a person is told once, ever.
    """

    member = TenantForeignKey("tenants.Member", on_delete=models.CASCADE, related_name="+")
    actor = TenantForeignKey(
        "tenants.Member", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta(Message.Meta):
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "member", "dedupe_key"],
                condition=~models.Q(dedupe_key=""),
                name="notification_told_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tenant", "member", "id"], name="notification_inbox"),
            models.Index(
                fields=["tenant", "member"],
                condition=models.Q(read_at=None),
                name="notification_unread",
            ),
            models.Index(
                fields=["tenant", "target_id"],
                condition=models.Q(read_at=None),
                name="notification_about",
            ),
        ]


class Delivery(TenantModel):
    """A notification on its way by a channel: at most one row for each.

    `in_digest` waits for the reader's daily mail. `job_id` is the job that sends it, whose id is
    in the mail's Message-ID.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        SKIPPED = "skipped", "Not sent"
        FAILED = "failed", "Refused"

    notification = TenantForeignKey(Notification, on_delete=models.CASCADE, related_name="+")
    member = TenantForeignKey("tenants.Member", on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    in_digest = models.BooleanField(default=False)
    job_id = models.UUIDField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["tenant", "notification", "channel"], name="delivery_once_a_channel"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "member", "id"],
                condition=models.Q(state="waiting"),
                name="delivery_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.state}"


class Digest(TenantModel):
    """The daily mail of one person in one company: one a day of theirs."""

    member = TenantForeignKey("tenants.Member", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    job_id = models.UUIDField(null=True, blank=True)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "member", "day"], name="digest_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"Digest of {self.day}"


class Reminder(Message):
    """What is to be said at `run_at` if the check named `still_due` says so then.

    `to` are members' ids. Under one `dedupe_key` there is one reminder: saying it again moves it.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        SENT = "sent", "Sent"
        DROPPED = "dropped", "No longer due"
        CANCELLED = "cancelled", "Cancelled"

    to = models.JSONField(default=list)
    still_due = models.CharField(max_length=80)
    args = models.JSONField(default=dict, blank=True)
    run_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta(Message.Meta):
        ordering: ClassVar[list[str]] = ["run_at", "id"]
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "dedupe_key"], name="reminder_one_a_key"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["tenant", "run_at"],
                condition=models.Q(state="pending"),
                name="reminder_due",
            ),
        ]


class NotificationPreferences(TimestampedTenantModel):
    """How one person wants to be told in one company; without a row the kinds' own suggestions.

    `email` maps groups to an `Email` choice. Quiet hours are wall-clock times in the person's own
    zone, from the first up to the second, over midnight where it is the smaller one.
    """

    member = TenantForeignKey("tenants.Member", on_delete=models.CASCADE, related_name="+")
    email = models.JSONField(default=dict, blank=True)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    urgent_passes = models.BooleanField(default=True)
    digest_hour = models.PositiveSmallIntegerField(default=8)

    class Meta(TimestampedTenantModel.Meta):
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["tenant", "member"], name="preferences_one_a_member"),
            models.CheckConstraint(
                condition=models.Q(digest_hour__range=(0, 23)), name="preferences_digest_hour"
            ),
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_until=None)
                | (
                    models.Q(quiet_from__isnull=False, quiet_until__isnull=False)
                    & ~models.Q(quiet_from=models.F("quiet_until"))
                ),
                name="preferences_quiet_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return "Notification preferences"
