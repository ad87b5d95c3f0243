"""Rows of what the CTO is worth, as short as a test needs them."""

import datetime as dt
from decimal import Decimal
from typing import Any

from engagements import services
from engagements.models import Engagement, GrowthSignal, Saving
from tests.factories import Company


def make_saving(engagement: Engagement, company: Company, **fields: Any) -> Saving:
    """26,000 saved today, entered by the CTO; run inside the company's tenant."""
    defaults: dict[str, Any] = {
        "title": "Old cluster switched off",
        "amount": Decimal(26000),
        "saved_on": company.tenant.today,
        "evidence": "Invoices of September and November",
        "actor": company.cto,
    }
    return services.saving_enter(engagement=engagement, **(defaults | fields))


def make_signals(company: Company, quarter: dt.date, **values: str | int) -> list[GrowthSignal]:
    """A growth signal of each kind named."""
    return [
        services.signal_enter(
            actor=company.cto,
            kind=kind,
            value=Decimal(value),
            source="Board report",
            quarter=quarter,
        )
        for kind, value in values.items()
    ]
