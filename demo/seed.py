"""The demo companies, made through the product's own services; seeding twice changes nothing."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from allauth.account.models import EmailAddress
from dateutil.relativedelta import relativedelta
from django.utils import timezone

from demo import notifications, people, story
from engagements import services as engagements
from engagements.models import Engagement, TimeEntry
from kpis.models import Aggregation, Kpi, MeasurementImport, Target, Unit
from kpis.rollups.working import work_off_marks
from kpis.services.definitions import kpi_update, target_set
from kpis.services.imports import import_start, import_upload
from kpis.services.measurements import measurements_record
from reviews import weeks
from reviews.content import Content, Item
from reviews.models import WeeklyUpdate
from reviews.services import (
    update_acknowledge,
    update_comment,
    update_save_draft,
    update_start,
    update_submit,
)
from tenants import doors
from tenants.audit.actors import SystemActor
from tenants.isolation import tenant
from tenants.models import Member, Tenant, User
from tenants.notifications.services import silence
from tenants.services import member_add, tenant_create

BOWLINE = SystemActor()
SOURCE = "demo"  # invented measurements say so
NOON = dt.time(12)
DATA = Path(__file__).parent / "data"
MONTHS_OF_REAL_DATA = 18


def seed_people(
    *, name: str, slug: str, time_zone: str, currency: str, cast: Sequence[people.Person]
) -> UUID:
    """The company and its members with their demo password, zones and titles; answers its id."""
    first_admin = next(person for person in cast if "admin" in person.roles)
    tenant_id = doors.tenant_id_of(slug)
    if tenant_id is None:
        tenant_id = tenant_create(
            name=name,
            slug=slug,
            time_zone=time_zone,
            currency=currency,
            admin_email=first_admin.email,
            admin_name=first_admin.name,
        ).pk
    with tenant(tenant_id):
        for person in cast:
            member = member_add(
                email=person.email,
                name=person.name,
                title=person.title,
                roles=list(person.roles),
                actor=BOWLINE,
            )
            _prepare_login(member.user, person)
    return tenant_id


def seed_engagement(
    *, sponsor: str, purpose: str, hours: int, fee: int, scope: str, months_ago: int
) -> Engagement:
    """Marcus's engagement in the current company, begun `months_ago` on the first of a month."""
    found: Engagement | None = Engagement.objects.with_people().first()
    if found is not None:
        return found
    today = Tenant.objects.get().today
    starts_on = today.replace(day=1) - relativedelta(months=months_ago)
    engagement = engagements.engagement_create(
        actor=BOWLINE,
        title="Fractional CTO",
        purpose=purpose,
        cto=member_at(people.MARCUS_EMAIL),
        sponsor=member_at(sponsor),
        starts_on=starts_on,
        ends_on=starts_on + relativedelta(years=1, days=-1),
        model="enabler",
        status=Engagement.Status.ACTIVE,
    )
    engagements.terms_add(
        engagement=engagement,
        actor=BOWLINE,
        effective_on=starts_on,
        scope_level=scope,
        hours_per_month=Decimal(hours),
        monthly_fee=Decimal(fee),
        rollover="capped",
        rollover_cap_minutes=10 * 60,
        rollover_expiry_months=2,
        overage_rate=Decimal(240),
    )
    return engagement


def seed_time(engagement: Engagement, pattern: Sequence[tuple[int, int, str, str]]) -> None:
    """Marcus's hours, week by week like `pattern`, from the first week to today."""
    if TimeEntry.objects.exists():
        return
    company = engagement.tenant
    today = company.today
    week = weeks.week_start_of(company, engagement.starts_on)
    number = 0
    while week <= today:
        for weekday, minutes, category, note in pattern:
            day = week + dt.timedelta(days=weekday)
            if engagement.starts_on <= day <= today:
                # a little more in one week, a little less in the next
                varied = minutes + 15 * ((number + weekday) % 3 - 1)
                with silence():  # an alert of a month long past is no news
                    engagements.time_log(
                        engagement=engagement,
                        actor=engagement.cto,
                        date=day,
                        minutes=varied,
                        category=category,
                        note=note,
                    )
        week += weeks.WEEK
        number += 1


def seed_series(all_series: Sequence[story.Series]) -> None:
    """Twelve invented months or weeks of each figure, marked as demo, and a target for each.

    Their rollups are computed at once, so that the letters that follow find them.
    """
    company = Tenant.objects.get()
    for series in all_series:
        kpi = Kpi.objects.get(key=series.key)
        if Target.objects.filter(kpi=kpi).exists():
            continue
        raws = [
            {"observed_at": _moment(series, index, company).isoformat(), "source": SOURCE}
            | _amounts(kpi, series, index)
            for index in range(len(series.values))
        ]
        measurements_record(kpi=kpi, actor=BOWLINE, raws=raws, source=SOURCE)
        seed_target(kpi, series.target, series.at_risk, months_ago=len(series.values))
    while work_off_marks():
        pass


def _moment(series: story.Series, index: int, company: Tenant) -> dt.datetime:
    """The middle of the month or week that the value belongs to; never the future."""
    back = len(series.values) - 1 - index
    if series.weekly:
        week = weeks.week_start_of(company, company.today) - back * weeks.WEEK
        day = week + dt.timedelta(days=2)
    else:
        day = (company.today.replace(day=1) - relativedelta(months=back)).replace(day=15)
    middle = dt.datetime.combine(day, NOON, tzinfo=company.zone)
    return min(middle, timezone.now() - dt.timedelta(minutes=5))


def _amounts(kpi: Kpi, series: story.Series, index: int) -> dict[str, str]:
    """The value as its figure is counted: a share of a whole, or the value itself."""
    value = Decimal(str(series.values[index]))
    if kpi.aggregation != Aggregation.RATIO:
        return {"value": str(value)}
    whole = Decimal(series.weights[index] if series.weights else 100)
    step = Decimal(1) if series.weights else Decimal("0.01")
    return {"numerator": str((value * whole / 100).quantize(step)), "denominator": str(whole)}


def seed_files(files: Sequence[story.File]) -> None:
    """Queue the import of real measurements, as a member's upload would; a worker runs them.

    They keep their own dates and stop in 2026, so no freshness is promised for these figures.
    """
    for told in files:
        kpi = Kpi.objects.get(key=told.key)
        if MeasurementImport.objects.filter(kpi=kpi).exists():
            continue
        kpi = kpi_update(kpi=kpi, actor=BOWLINE, changes={"expected_freshness_hours": None})
        path = DATA / told.filename
        with path.open("rb") as stream:
            upload = import_upload(
                kpi=kpi,
                actor=BOWLINE,
                filename=told.filename,
                size=path.stat().st_size,
                pieces=iter(lambda: stream.read(64 * 1024), b""),
            )
        options = {"skip_zero": True} if told.skip_zero else {}
        import_start(upload=upload, actor=BOWLINE, mapping=told.mapping, options=options)
        seed_target(kpi, told.target, told.at_risk, months_ago=MONTHS_OF_REAL_DATA)


def seed_target(kpi: Kpi, value: str, at_risk: str, *, months_ago: int) -> None:
    """A target in force since `months_ago`; percentages of a ratio are stored as shares of one."""
    scale = Decimal(100) if (kpi.aggregation, kpi.unit) == (Aggregation.RATIO, Unit.PERCENT) else 1
    target_set(
        kpi=kpi,
        actor=BOWLINE,
        value=Decimal(value) / scale,
        at_risk_value=Decimal(at_risk) / scale,
        effective_on=Tenant.objects.get().today.replace(day=1) - relativedelta(months=months_ago),
    )


def seed_updates(
    engagement: Engagement, updates: Sequence[story.Update], *, reader: str, draft: bool = False
) -> None:
    """Marcus's letters: sent on their Fridays, read by the sponsor; this week's is a draft."""
    company = engagement.tenant
    author = engagement.cto
    for told in updates:
        week = weeks.week_start_of(company, company.today) - told.weeks_ago * weeks.WEEK
        if WeeklyUpdate.objects.filter(engagement=engagement, week_start=week).exists():
            continue
        update, _is_new = update_start(engagement=engagement, actor=author, week_start=week)
        content = Content(
            fields={
                "summary": told.summary,
                "health": told.health,
                "progress": told.progress,
                "wins": told.wins,
                "risks": told.risks,
                "next_week": told.next_week,
                "confidence": told.confidence,
            },
            # a draft keeps what is still open from the letter before
            blockers=None if draft else [_item(row, week, company.today) for row in told.blockers],
            asks=None if draft else [_item(row, week, company.today) for row in told.asks],
        )
        update = update_save_draft(update=update, actor=author, content=content)
        if draft:
            continue
        with silence():
            update_submit(update=update, actor=author)
            if told.comment:
                update_comment(update=update, actor=member_at(reader), body=told.comment)
            if told.acknowledged:
                update_acknowledge(update=update, actor=member_at(reader))
        _date_back(update, told)
    if not draft:
        notifications.tell_latest(engagement)


def member_at(email: str) -> Member:
    """The current company's member with this login."""
    found: Member = Member.objects.select_related("user", "tenant").get(user__email=email)
    return found


def _item(row: story.Blocker, week: dt.date, today: dt.date) -> Item:
    """A line of a letter; a date that would have passed by now is tomorrow's."""
    due_on = max(week + dt.timedelta(days=row.in_days), today + dt.timedelta(days=1))
    return Item(text=row.text, member=member_at(row.owner_email), due_on=due_on)


def _date_back(update: WeeklyUpdate, told: story.Update) -> None:
    """Give a letter of an earlier week the Friday on which it would have been sent and read."""
    sent_at = update.due_at - dt.timedelta(minutes=50)
    WeeklyUpdate.objects.filter(pk=update.pk).update(
        submitted_at=sent_at,
        acknowledged_at=sent_at + dt.timedelta(minutes=35) if told.acknowledged else None,
    )


def _prepare_login(user: User, person: people.Person) -> None:
    """The demo password and zone, and an address that needs no mail to be believed."""
    if not user.has_usable_password():
        user.set_password(people.PASSWORD)
        user.time_zone = person.time_zone
        user.save(update_fields=["password", "time_zone"])
    EmailAddress.objects.filter(user=user).update(verified=True)
