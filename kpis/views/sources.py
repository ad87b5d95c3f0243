"""Why is it blank? When data last came, from where, what was rejected and why."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kpis import policies
from kpis.models import Kpi, Mark, Measurement, MeasurementImport, RebuildRequest
from kpis.views.figures import figure_at
from kpis.views.words import measured
from tenants.models import Tenant
from tenants.pages import TenantRequest, tenant_page
from tenants.paging import cursor, page_of
from tenants.policies import allowed

LATEST = 10
DAY_MOST = 100
IMPORTS = 20


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that explains what is or is not seen; `state` is good, warn, bad, wait or none."""

    state: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class Latest:
    """A measurement as the list shows it."""

    id: UUID
    observed_at: dt.datetime
    value: str
    series: str
    source: str
    corrected_at: dt.datetime | None


@require_safe
@tenant_page("kpi.view")
def kpi_sources(request: TenantRequest, slug: str, key: str) -> HttpResponse:
    """Where a figure's data comes from, and what keeps it from being seen."""
    kpi = figure_at(key)
    measurements = Measurement.objects.filter(kpi_id=kpi.pk).order_by("-id")
    latest = list(measurements[:LATEST])
    day, below = _day(request), cursor(request, "below")
    of_day = measurements.filter(local_date=day)
    found = list((of_day.filter(id__lt=below) if below else of_day)[: DAY_MOST + 1]) if day else []
    imports = MeasurementImport.objects.filter(kpi=kpi).defer("options", "mapping")
    page = page_of(imports.select_related("created_by__user"), request, size=IMPORTS)
    context = {
        "kpi": kpi,
        "reasons": reasons(kpi, latest[0].observed_at if latest else None),
        "last_at": latest[0].observed_at if latest else None,
        "day": day,
        "rows": [
            _latest(kpi, request.tenant, row) for row in (found[:DAY_MOST] if day else latest)
        ],
        "earlier": f"?day={day}&below={found[DAY_MOST - 1].id}" if len(found) > DAY_MOST else "",
        "later": f"?day={day}" if day and below else "",
        "imports": [(upload, why(upload)) for upload in page.rows],
        **page.links({}),
        "may_import": allowed(policies.check_can_import, actor=request.member, kpi=kpi),
        "may_measure": allowed(policies.check_can_measure, actor=request.member, kpi=kpi),
    }
    return render(request, "kpis/kpi_sources.html", context)


def reasons(kpi: Kpi, last_at: dt.datetime | None) -> list[Reason]:
    """What explains the figure's present state, the weightiest first."""
    found = []
    if not kpi.is_active:
        found.append(
            Reason("bad", "It is switched off.", "It takes no measurements and is in no list.")
        )
    if last_at is None:
        source = (
            f"They should come from {kpi.source}." if kpi.source else "Its source is not named."
        )
        found.append(Reason("bad", "No measurement has ever come.", source))
    elif kpi.expected_freshness_hours is not None:
        found.append(_freshness(last_at, kpi.expected_freshness_hours))
    waiting = Mark.objects.filter(kpi_id=kpi.pk).values("local_date").distinct().count()
    if waiting:
        days = "1 day is" if waiting == 1 else f"{waiting:,} days are"
        found.append(
            Reason("wait", f"{days} being computed.", "The page follows by itself within seconds.")
        )
    if RebuildRequest.objects.exists():
        found.append(
            Reason(
                "wait",
                "All values are being computed anew.",
                "A setting changed. Until then the earlier values are shown.",
            )
        )
    return found or [Reason("good", "Nothing is missing.", "Data came as expected.")]


def _freshness(last_at: dt.datetime, hours: int) -> Reason:
    expected = (
        f"at least every {hours} hours" if hours < 48 else f"at least every {hours // 24} days"
    )
    if timezone.now() - last_at > dt.timedelta(hours=hours):
        return Reason(
            "warn",
            "No new data for longer than expected.",
            f"It is expected {expected}. Ask whoever runs the source, or import a newer file.",
        )
    return Reason("good", "Data comes as expected.", f"It is expected {expected}.")


def why(upload: MeasurementImport) -> str:
    """The most frequent reasons why rows of a file were rejected, in one line."""
    if upload.problem:
        return str(upload.problem)
    counted = Counter(error["message"] for error in upload.errors)
    return " ".join(f"{message} ({count:,} ×)" for message, count in counted.most_common(2))


def _latest(kpi: Kpi, tenant: Tenant, row: Measurement) -> Latest:
    return Latest(
        row.id,
        row.observed_at,
        measured(kpi, tenant, row),
        row.series,
        row.source,
        row.corrected_at,
    )


def _day(request: TenantRequest) -> dt.date | None:
    """The day in the address; one that is none leads to the latest measurements."""
    try:
        return dt.date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None
