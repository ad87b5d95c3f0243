"""The register of tools against the charter, and what it costs."""

from collections.abc import Iterable
from decimal import Decimal

from engagements.boundaries import Boundaries, boundaries_of
from engagements.models import CommunicationTool, Engagement


def register_boundaries() -> Boundaries | None:
    """The boundaries that the company's tools are held against: those of its current engagement,
    None while there is no charter in force; at most three queries."""
    engagement: Engagement | None = Engagement.objects.with_people().current_first().first()
    if engagement is None:
        return None
    found = boundaries_of(engagement)
    return None if found.is_default else found


def reply_warning(tool: CommunicationTool, boundaries: Boundaries | None) -> str:
    """Where a tool in use promises a later reply than the charter does, in words; else empty.

    The channel for urgent matters is held against the urgent response time, every other one
    against the normal one. A response time by the clock is taken as if it were working time: a
    reply within as many working hours comes later or at the same moment.
    """
    if boundaries is None or tool.expected_reply_hours is None:
        return ""
    if tool.status != CommunicationTool.Status.IN_USE:
        return ""
    urgent = boundaries.urgent_channel_id == tool.pk
    promised = boundaries.response_time("urgent" if urgent else "normal")
    if tool.expected_reply_hours <= promised.hours:
        return ""
    kind = "urgent matters" if urgent else "what is not urgent"
    return (
        f"{tool.platform} expects a reply within {tool.expected_reply_hours} working hours; "
        f"{boundaries.source} promises {promised.words} for {kind}."
    )


def monthly_total(tools: Iterable[CommunicationTool]) -> Decimal:
    """What the tools in use cost a month together; unknown costs count nothing."""
    return sum(
        (t.monthly_cost for t in tools if t.status == "in_use" and t.monthly_cost is not None),
        Decimal(0),
    )
