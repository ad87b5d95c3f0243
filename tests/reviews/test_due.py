"""The tick's question: where a weekly update is due soon or late and nobody was told."""

import datetime as dt
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from engagements.models import Engagement
from reviews import notices, services
from reviews.models import WeeklyUpdate
from reviews.weeks import WEEK, week_start_of
from tenants.isolation import tenant
from tenants.jobs.registry import DUE_SOURCES
from tenants.models import Notification, Tenant
from tests.engagements.builders import make_engagement
from tests.factories import Company, make_company
from tests.reviews.builders import FULL, letter

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock() -> None:
    """The database's clock is asked too, so this one is not frozen."""


def named() -> set[UUID]:
    """The companies that the tick would queue the job for."""
    with connections["tick"].cursor() as cursor:
        cursor.execute(DUE_SOURCES["reviews.remind"].sql)
        return {row[0] for row in cursor.fetchall()}


def due(update: WeeklyUpdate, at: dt.datetime) -> None:
    WeeklyUpdate.objects.filter(pk=update.pk).update(due_at=at)


def tell(company: Company) -> int:
    """Run the job; answers how many were told of anything so far."""
    with tenant(company.id):
        notices.tell_what_is_due()
        return int(Notification.objects.filter(kind__startswith="update.").count())


def test_company_is_named_from_a_day_before_an_update_is_due_until_it_is_told_or_sent(
    committed_db: None,
) -> None:
    company, idle = make_company("northwind"), make_company("contoso")
    with tenant(company.id):
        engagement = make_engagement(company, status="active")
        Engagement.objects.update(created_at=timezone.now() - dt.timedelta(days=30))
        this_week = week_start_of(company.tenant, company.tenant.today)
        for week in (this_week - WEEK, this_week):
            last, _ = services.update_start(
                engagement=engagement, actor=company.cto, week_start=week, content=letter(**FULL)
            )
            if week < this_week:
                services.update_submit(update=last, actor=company.cto)
        Notification.objects.all().delete()
        due(last, timezone.now() + 30 * HOUR)
    assert named() == set()
    assert tell(company) == 0

    with tenant(company.id):
        due(last, timezone.now() + 23 * HOUR)
    assert named() == {company.id}
    assert tell(company) == 1
    assert named() == set()

    with tenant(company.id):
        due(last, timezone.now() - HOUR)
    assert named() == {company.id}
    with tenant(company.id):
        Tenant.objects.update(status="suspended")
    assert named() == set()  # a company at rest is reminded of nothing
    with tenant(company.id):
        Tenant.objects.update(status="active")
    assert tell(company) == 2
    assert named() == set()

    with tenant(company.id):
        Notification.objects.all().delete()
        services.update_submit(update=WeeklyUpdate.objects.get(pk=last.pk), actor=company.cto)
    assert named() == set()
    assert idle.id not in named()


def test_company_without_a_draft_is_named_by_its_own_deadline(committed_db: None) -> None:
    company = make_company("northwind", time_zone="Asia/Tokyo")
    with tenant(company.id):
        make_engagement(company, status="active", starts_on=company.tenant.today)
        soon = timezone.now().astimezone(company.tenant.zone) + dt.timedelta(minutes=1)
        Tenant.objects.update(
            update_due_weekday=f"{soon:%A}".lower(),
            update_due_time=soon.time().replace(second=0, microsecond=0, minute=soon.minute),
        )
    assert named() == {company.id}
    assert tell(company) >= 0
    with tenant(company.id):
        Engagement.objects.update(status="paused")
        Notification.objects.all().delete()
    assert named() == set()
