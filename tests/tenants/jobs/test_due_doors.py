"""What cleans up is queued for the companies that have something to clean up, and no others."""

import datetime as dt
from uuid import UUID

from django.db import connections
from django.utils import timezone

from tenants.files.models import StoredFile
from tenants.files.services import remove_expired
from tenants.isolation import tenant
from tenants.jobs.registry import DUE_SOURCES
from tenants.models import Notification
from tenants.notifications import cleaning
from tests.factories import Company, make_company

DAY = dt.timedelta(days=1)


def named(kind: str) -> set[UUID]:
    """The companies that the tick would queue this job for."""
    with connections["tick"].cursor() as cursor:
        cursor.execute(DUE_SOURCES[kind].sql)
        return {row[0] for row in cursor.fetchall()}


def test_files_and_notifications_are_cleaned_where_they_are_old(committed_db: None) -> None:
    now = timezone.now()
    company, other = make_company("northwind"), make_company("contoso")
    _file(company, now - DAY)
    _file(other, now + DAY)
    _notice(company, read_at=now - cleaning.READ_KEPT + DAY)
    _notice(other, read_at=now - cleaning.READ_KEPT - DAY)
    assert named("files.clean") == {company.id}
    assert named("notifications.clean") == {other.id}
    for each in (company, other):
        with tenant(each.id):
            remove_expired()
            cleaning.remove_old()
    assert named("files.clean") == named("notifications.clean") == set()
    _notice(company, created_at=now - cleaning.UNREAD_KEPT - DAY)
    assert named("notifications.clean") == {company.id}


def _file(company: Company, expires_at: dt.datetime) -> None:
    with tenant(company.id):
        StoredFile.objects.create(
            name="a.txt",
            content_type="text/plain",
            sha256="0" * 64,
            target_type="tenants.tenant",
            target_id=company.id,
            size=1,
            expires_at=expires_at,
        )


def _notice(company: Company, **at: dt.datetime) -> None:
    with tenant(company.id):
        row = Notification.objects.create(member=company.cto, kind="test.told", title="Told")
        Notification.objects.filter(pk=row.pk).update(**at)
