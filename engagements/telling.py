"""Telling the people of an engagement what happened to it."""

from typing import Any

from django.urls import reverse

from engagements.models import Engagement
from tenants.audit import Actor
from tenants.models import Member
from tenants.notifications.kinds import Email, register_kind
from tenants.notifications.services import notify

GROUP = "Engagement"
KINDS = (
    ("engagement.moved", "The engagement starts, pauses, resumes or ends", "engagement.view"),
    ("engagement.notice", "Notice is given or withdrawn", "engagement.view"),
    ("engagement.reminder", "The engagement’s end or renewal comes near", "engagement.view"),
    ("terms.proposal", "Terms are proposed, accepted or declined", "terms.view"),
    ("retainer.alert", "A share of the month’s hours is used", "time.view"),
    ("overage.moved", "Hours above the agreed ones are asked for or decided", "terms.view"),
    ("statement.closed", "A month’s statement is closed", "time.view"),
)
_AT_ONCE = {"engagement.notice", "terms.proposal", "retainer.alert", "overage.moved"}


def register_kinds() -> None:
    """What the people of an engagement can be told of, from `AppConfig.ready`."""
    for name, label, right in KINDS:
        email = Email.ONCE if name in _AT_ONCE else Email.DAILY
        register_kind(name, label=label, group=GROUP, permission=right, email=email)


def people_of(engagement: Engagement, *others: Member | None) -> list[Member]:
    """The CTO, the sponsor where there is one, and `others`, each once."""
    found = {m.pk: m for m in (engagement.cto, engagement.sponsor, *others) if m is not None}
    return list(found.values())


def page_of(engagement: Engagement) -> str:
    """The address of the engagement's page."""
    return (
        f"{reverse('engagement_detail', args=[engagement.tenant.slug])}?engagement={engagement.pk}"
    )


def tell(
    engagement: Engagement,
    *,
    kind: str,
    title: str,
    body: str = "",
    link: str = "",
    dedupe_key: str = "",
    actor: Actor | None = None,
    target: Any = None,
    to: list[Member] | None = None,
) -> None:
    """Tell CTO and sponsor (or `to`), in the caller's transaction; nobody of their own act."""
    notify(
        to=people_of(engagement) if to is None else to,
        kind=kind,
        title=title,
        body=body,
        link=link,
        dedupe_key=dedupe_key,
        actor=actor,
        target=target,
    )
