"""Named questions about growth signals and savings."""

import datetime as dt
from typing import Any, Self

from django.db.models import QuerySet

from tenants.isolation.models import TenantManager


class SignalQuerySet(QuerySet[Any]):
    def of_quarter(self, quarter: dt.date) -> Self:
        """The entries of a quarter, the last one first."""
        return self.filter(quarter=quarter).order_by("-id")


class SavingQuerySet(QuerySet[Any]):
    def with_people(self) -> Self:
        """Load who entered and who judged it in the same query."""
        return self.select_related("entered_by__user", "judged_by__user")

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Those of these days, both included."""
        return self.filter(saved_on__range=(first, last))


SignalManager = TenantManager.from_queryset(SignalQuerySet)
SavingManager = TenantManager.from_queryset(SavingQuerySet)
