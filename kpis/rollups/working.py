"""Working marks and rebuilds off: what the two background jobs and `?wait=true` call."""

import logging
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.utils import OperationalError

from kpis.models import Kpi, Mark, RebuildRequest, Rollup
from kpis.rollups.compute import recompute_all, recompute_marked
from kpis.rollups.locks import Lock, lock
from kpis.rollups.periods import Calendar
from tenants.isolation import current_tenant_id
from tenants.models import Tenant
from tenants.revisions import pages_changed

logger = logging.getLogger("bowline.rollups")

KPIS_PER_STEP = 50


def work_off_marks(*, limit: int = KPIS_PER_STEP) -> bool:
    """Recompute what is marked, for up to `limit` figures; answers whether more may remain.

    Figures that another worker is at are left to it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select taken, more from bowline.work_off_marks(%s, %s)", [limit, int(Lock.ROLLUP)]
        )
        taken, more = cursor.fetchone()
    if taken:
        pages_changed()
    return bool(more)


def catch_up(kpi: Kpi, *, seconds: int = 10) -> bool:
    """Bring one figure up to date now; False when that would take longer than `seconds`."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(
                    "select set_config('lock_timeout', %(ms)s, true),"
                    " set_config('statement_timeout', %(ms)s, true)",
                    {"ms": str(seconds * 1000)},
                )
            if _is_outdated(kpi.pk):
                rebuild_kpi(kpi.pk)
            lock(Lock.ROLLUP, kpi.pk)
            recompute_marked([kpi.pk])
            pages_changed()
            _default_timeouts()
    except OperationalError:
        logger.info("figure %s needs more than %s s", kpi.pk, seconds)
        return False
    kpi.refresh_from_db()
    return True


def outdated() -> list[UUID]:
    """The figures whose rollups were built with other settings than stand now."""
    tenant = Tenant.objects.get(pk=current_tenant_id())
    same = Q(
        built_time_zone=tenant.time_zone,
        built_week_start=tenant.week_start,
        built_fiscal_month=tenant.fiscal_year_start_month,
        built_aggregation=F("aggregation"),
    )
    return list(Kpi.objects.exclude(same).order_by("id").values_list("id", flat=True))


def rebuild_next() -> int:
    """Rebuild one outdated figure; answers how many remain.

    The requests are taken first: one that commits later stays, for the next job.
    """
    RebuildRequest.objects.all().delete()
    waiting = outdated()
    if waiting:
        rebuild_kpi(waiting[0])
        pages_changed()
    return max(len(waiting) - 1, 0)


def rebuild_kpi(kpi_id: UUID) -> None:
    """Compute all rollups of a figure anew, with the settings that stand now.

    One transaction: the old rollups are served until the new are complete.
    """
    lock(Lock.CALENDAR, kpi_id)
    lock(Lock.ROLLUP, kpi_id)
    tenant = Tenant.objects.get(pk=current_tenant_id())
    kpi = Kpi.objects.select_for_update(of=("self",), no_key=True).get(pk=kpi_id)
    calendar = Calendar.of_tenant(tenant)
    if calendar.time_zone != kpi.built_time_zone:
        _move_to_zone(kpi_id, calendar.time_zone)
    Mark.objects.filter(kpi_id=kpi_id).delete()
    Rollup.objects.filter(kpi_id=kpi_id).delete()
    recompute_all(
        kpi_id,
        kpi.aggregation,
        week_start=calendar.week_start,
        fiscal_month=calendar.fiscal_month,
    )
    Kpi.objects.filter(pk=kpi_id).update(
        built_time_zone=calendar.time_zone,
        built_week_start=calendar.week_start,
        built_fiscal_month=calendar.fiscal_month,
        built_aggregation=kpi.aggregation,
    )


def _is_outdated(kpi_id: UUID) -> bool:
    return kpi_id in outdated()


def _move_to_zone(kpi_id: UUID, time_zone: str) -> None:
    """Store each measurement's day anew, in another zone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update kpis_measurement set local_date = (observed_at at time zone %(zone)s)::date "
            "where tenant_id = %(tenant)s and kpi_id = %(kpi)s "
            "and local_date <> (observed_at at time zone %(zone)s)::date",
            {"zone": time_zone, "tenant": current_tenant_id(), "kpi": kpi_id},
        )


def _default_timeouts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("set local lock_timeout to default; set local statement_timeout to default")
