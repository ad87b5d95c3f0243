"""People and the companies they work for; every model of this app, for Django finds them here."""

from tenants.audit.models import AuditEvent, AuditHead
from tenants.calendars.models import Holiday
from tenants.files.models import FileChunk, StoredFile
from tenants.jobs.models import Heartbeat, Job
from tenants.models.companies import (
    ARCHIVE_KEPT,
    WEEKDAY_CHOICES,
    Logo,
    SetupMark,
    Tenant,
    monday_to_friday,
)
from tenants.models.keys import ApiKey, IdempotencyKey
from tenants.models.members import Invitation, Member
from tenants.models.users import USUAL_HOURS, User, UserManager, initials_of
from tenants.notifications.models import (
    Delivery,
    Digest,
    Notification,
    NotificationPreferences,
    Reminder,
)
from tenants.revisions import Revision

__all__ = [
    "ARCHIVE_KEPT",
    "USUAL_HOURS",
    "WEEKDAY_CHOICES",
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
    "UserManager",
    "initials_of",
    "monday_to_friday",
]
