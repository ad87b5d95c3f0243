"""A company that has something to show: hours, figures, and a weekly update."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from engagements import services as engagements
from kpis.models import Kpi
from kpis.rollups.working import work_off_marks
from kpis.services.definitions import target_set
from kpis.services.measurements import measurements_record
from reviews.content import Content, Item
from reviews.services import update_save_draft, update_start, update_submit
from reviews.weeks import week_start_of
from tenants.isolation import tenant
from tests.factories import BOWLINE, Company


def furnish(company: Company, *, figures: int = 1, letter: bool = True) -> None:
    """An engagement with hours, `figures` measured figures, and a letter that asks and blocks."""
    today = company.tenant.today
    with tenant(company.id):
        engagement = engagements.engagement_create(
            actor=BOWLINE,
            title="Fractional CTO",
            cto=company.cto,
            sponsor=company.executive,
            starts_on=today - dt.timedelta(days=60),
            status="active",
        )
        engagements.terms_add(
            engagement=engagement,
            actor=BOWLINE,
            effective_on=engagement.starts_on,
            scope_level="moderate",
            hours_per_month=Decimal(40),
            monthly_fee=Decimal(8000),
        )
        for number in range(figures):
            engagements.time_log(
                engagement=engagement,
                actor=company.cto,
                date=today - dt.timedelta(days=number),
                minutes=60,
                category="delivery",
            )
        for number in range(figures):
            engagements.initiative_create(
                actor=BOWLINE,
                title=f"Initiative {number}",
                business_value=5 - number % 3,
                resource_demand=2,
                timeline=2,
                risk=2,
                owner=company.team,
            )
        for kpi in Kpi.objects.filter(aggregation="mean")[:figures]:
            target_set(
                kpi=kpi,
                actor=BOWLINE,
                value=Decimal(10),
                effective_on=today - dt.timedelta(days=90),
            )
            at = timezone.now() - dt.timedelta(hours=2)
            measurements_record(
                kpi=kpi, actor=BOWLINE, raws=[{"observed_at": at.isoformat(), "value": "5"}]
            )
        work_off_marks()
        if not letter:
            return
        update, _ = update_start(
            engagement=engagement,
            actor=company.cto,
            week_start=week_start_of(company.tenant, today),
        )
        rows = [
            Item(text=f"Thing {n}", member=company.executive, due_on=today + dt.timedelta(days=9))
            for n in range(figures)
        ]
        content = Content(
            fields={"summary": "All is well.", "progress": "Shipped", "health": "on_track"},
            blockers=rows,
            asks=rows,
        )
        update_save_draft(update=update, actor=company.cto, content=content)
        update_submit(update=update, actor=company.cto)
