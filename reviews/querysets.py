"""Named questions about weekly updates."""

import datetime as dt
from typing import Any

from django.db import models

from tenants.isolation.models import TenantManager


class ItemQuerySet(models.QuerySet[Any]):
    """Lines of letters that wait for a person."""

    def still_open(self) -> "ItemQuerySet":
        return self.filter(closed_at=None)


class ItemManager(TenantManager.from_queryset(ItemQuerySet)):  # type: ignore[misc]
    """The current tenant's lines, each with the name of its person."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().select_related("member__user", "closed_by__user")


class WeeklyUpdateQuerySet(models.QuerySet[Any]):
    """Filters narrow, `with_*` loads; they chain."""

    def of_week(self, week_start: dt.date) -> "WeeklyUpdateQuerySet":
        return self.filter(week_start=week_start)

    def sent(self) -> "WeeklyUpdateQuerySet":
        """What the client can read: submitted, acknowledged or not."""
        return self.exclude(status="draft")

    def newer_than(self, update: Any) -> "WeeklyUpdateQuerySet":
        """Letters of the same engagement about later weeks."""
        return self.filter(engagement_id=update.engagement_id, week_start__gt=update.week_start)

    def waiting_for_acknowledgement(self) -> "WeeklyUpdateQuerySet":
        return self.filter(status="submitted")

    def visible_to(self, actor: Any) -> "WeeklyUpdateQuerySet":
        """Drafts are their writers' own until they are sent."""
        return self if actor.can("update.write") else self.sent()

    def with_people(self) -> "WeeklyUpdateQuerySet":
        """Names of author, sender and acknowledger in the same query."""
        return self.select_related(
            "author__user", "submitted_by__user", "acknowledged_by__user", "engagement"
        )

    def with_items(self) -> "WeeklyUpdateQuerySet":
        """Blockers and asks with their people, one query each."""
        return self.prefetch_related("blockers", "asks")
