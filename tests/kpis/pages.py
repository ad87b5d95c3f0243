"""Helpers of the page tests: figures with values of a known day."""

import datetime as dt
from decimal import Decimal
from typing import Any

from kpis.models import Kpi
from kpis.services.definitions import target_set
from tenants.isolation import tenant
from tests.factories import BOWLINE, Company
from tests.kpis.factories import make_kpi, measure, rolled_up

D = Decimal
NOW = dt.datetime(2026, 10, 15, 16, tzinfo=dt.UTC)  # a Thursday in week 42
BASE = "/t/northwind/kpis/"
HTMX = {"HX-Request": "true"}


def text_of(response: Any) -> str:
    """The page's words and tags, white space made one."""
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def cycle_time(company: Company, key: str = "cycle_days") -> Kpi:
    """Days, weekly, lower is better: weeks 38, 39, 41, 42; 6.5 at first, 5 from 1 September."""
    with tenant(company.id):
        kpi = make_kpi(
            "mean",
            key=key,
            name=f"Cycle {key}",
            unit="days",
            cadence="weekly",
            category="project_delivery",
            purpose="How long a change takes.",
        )
        measure(
            kpi,
            ("2026-09-16T12:00:00Z", 8),
            ("2026-09-23T12:00:00Z", "7.4"),
            ("2026-10-06T12:00:00Z", 6),
            ("2026-10-08T12:00:00Z", "6.2"),
            ("2026-10-13T12:00:00Z", "5.6"),
        )
        for on, value, at_risk in [(dt.date(2026, 1, 1), "6.5", 8), (dt.date(2026, 10, 1), 5, 6)]:
            target_set(
                kpi=kpi, actor=BOWLINE, value=D(value), at_risk_value=D(at_risk), effective_on=on
            )
        rolled_up(kpi)
    return kpi
