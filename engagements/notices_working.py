"""Who is told what about the charter and about absences, and the reminders before reviews."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils import timezone

from engagements.charter_states import acknowledgements_of
from engagements.coverage import deputy_for
from engagements.models import Charter, Engagement, OffPeriod
from tenants.audit import Actor
from tenants.models import Member
from tenants.notifications.kinds import Email, register_check, register_kind
from tenants.notifications.links import link_to
from tenants.notifications.reminders import cancel_reminders, remind
from tenants.notifications.services import notify, settle
from tenants.ui.formats import day_full, day_range

GROUP = "Working together"
MORNING = dt.time(9)  # at the client's
ASK_AGAIN = dt.timedelta(days=7)  # after which those who have not acknowledged are asked again
NOBODY = "Nobody covers: urgent matters go along the escalation path."


def register() -> None:
    """The kinds and checks, from `AppConfig.ready`."""
    kinds = (
        ("charter.published", "A version of the charter is published", "charter.acknowledge"),
        ("charter.unacknowledged", "A charter still waits for me", "charter.acknowledge"),
        ("charter.review_due", "The charter is to be looked at again", "charter.manage"),
        ("coverage.planned", "An absence that concerns me is planned or changed", "coverage.view"),
        ("coverage.cancelled", "An absence that concerns me is cancelled", "coverage.view"),
        ("coverage.begins", "An absence that concerns me begins", "coverage.view"),
        ("coverage.ends", "An absence that concerns me ends", "coverage.view"),
    )
    for name, label, right in kinds:
        register_kind(name, label=label, group=GROUP, permission=right, email=Email.ONCE)
    register_check("charter.unacknowledged", still_unacknowledged)
    register_check("charter.review_due", review_is_due)
    register_check("coverage.begins", absence_begins)
    register_check("coverage.ends", absence_ends)


# ---- charter ----


def tell_published(charter: Charter, actor: Actor) -> None:
    """Everybody who is asked to acknowledge it; again after a week whoever has not, and before the
    review those who look after it."""
    notify(
        to=acknowledgements_of(charter).missing,
        kind="charter.published",
        title=f"Version {charter.number} of the charter is published",
        body=charter.summary or "Read it and acknowledge it.",
        link=_charter_link(charter),
        target=charter,
        actor=actor,
        dedupe_key=f"charter.published:{charter.pk}",
    )
    cancel_reminders(f"charter.unacknowledged:{charter.engagement_id}")
    remind(
        to=[],
        kind="charter.unacknowledged",
        title=f"Version {charter.number} of the charter waits for you",
        body="You have not acknowledged it yet.",
        at=timezone.now() + ASK_AGAIN,
        dedupe_key=f"charter.unacknowledged:{charter.engagement_id}",
        still_due="charter.unacknowledged",
        link=_charter_link(charter),
        target=charter,
    )
    remind_of_review(charter)


def remind_of_review(charter: Charter) -> None:
    """On the morning on which the review is due; one reminder an engagement, which moves.

    What was said of the review before is settled by it.
    """
    settle(target=charter, kinds=["charter.review_due"])
    assert charter.review_on is not None  # noqa: S101  for the type checker
    at = dt.datetime.combine(charter.review_on, MORNING, tzinfo=charter.engagement.tenant.zone)
    remind(
        to=[],
        kind="charter.review_due",
        title=f"Look at the charter again, version {charter.number}",
        body="Its review is due today: it still fits, or the next version is drafted.",
        at=at,
        dedupe_key=f"charter.review:{charter.engagement_id}",
        still_due="charter.review_due",
        link=_charter_link(charter),
        target=charter,
        args={"review_on": charter.review_on.isoformat()},
    )


def tell_unacknowledged(charter: Charter, actor: Actor) -> list[UUID]:
    """Ask those who have not acknowledged it once more, at most once a day; answers their ids."""
    today = charter.tenant.today
    return notify(
        to=acknowledgements_of(charter).missing,
        kind="charter.unacknowledged",
        title=f"Version {charter.number} of the charter waits for you",
        body=f"{actor.actor_name} asks you to read and acknowledge it.",
        link=_charter_link(charter),
        target=charter,
        actor=actor,
        dedupe_key=f"charter.unacknowledged:{charter.pk}:{today:%Y-%m-%d}",
    )


def settle_acknowledged(charter: Charter, member: Any) -> None:
    """For whoever acknowledged it, it no longer waits."""
    settle(target=charter, kinds=["charter.published", "charter.unacknowledged"], member=member)


def still_unacknowledged(*, target_id: UUID, args: dict[str, Any]) -> Any:
    """Those who have not acknowledged the version, while it is the latest one."""
    charter = _latest(target_id)
    return list(acknowledgements_of(charter).missing) if charter else False


def review_is_due(*, target_id: UUID, args: dict[str, Any]) -> Any:
    """The CTO and the sponsor, while it is the latest version and nobody moved its review."""
    charter = _latest(target_id)
    if charter is None or charter.review_on != dt.date.fromisoformat(args["review_on"]):
        return False
    if charter.engagement.status == Engagement.Status.ENDED:
        return False
    return _both(charter.engagement)


def _latest(charter_id: UUID) -> Charter | None:
    charter: Charter | None = (
        Charter.objects.select_related("engagement__cto__user", "engagement__sponsor__user")
        .select_related("engagement__tenant")
        .filter(pk=charter_id)
        .first()
    )
    if charter is None:
        return None
    later = Charter.objects.published().filter(
        engagement_id=charter.engagement_id, number__gt=charter.number
    )
    return None if later.exists() else charter


def _charter_link(charter: Charter) -> str:
    address = link_to("charter_detail")
    return f"{address}?engagement={charter.engagement_id}&version={charter.number}"


# ---- absences ----


def tell_planned(period: OffPeriod, actor: Actor, *, changed: bool = False) -> None:
    """The deputy, the sponsors and whoever is away; and all of them when it begins and ends."""
    days = day_range(period.starts_on, period.ends_on)
    cover = f"{period.deputy.name} covers." if period.deputy else NOBODY
    notify(
        to=_concerned(period),
        kind="coverage.planned",
        title=f"{period.member.name} is away {days}",
        body=f"{'The plan changed. ' if changed else ''}{cover} {period.note}".strip(),
        link=link_to("coverage_list"),
        target=period,
        actor=actor,
        dedupe_key=f"coverage.planned:{period.pk}:{period.updated_at.timestamp()}",
    )
    _remind_of_both_ends(period)


def tell_cancelled(period: OffPeriod, actor: Actor) -> None:
    """The same people: what waits for the member goes to the member again."""
    cancel_reminders(f"coverage:{period.pk}:")
    notify(
        to=_concerned(period),
        kind="coverage.cancelled",
        title=f"{period.member.name} is not away "
        f"{day_range(period.starts_on, period.ends_on)} after all",
        body=f"What waits for {period.member.name} goes to them.",
        link=link_to("coverage_list"),
        target=period,
        actor=actor,
        dedupe_key=f"coverage.cancelled:{period.pk}",
    )


def _remind_of_both_ends(period: OffPeriod) -> None:
    """At the client's midnights between which it runs; the checks look who is concerned then."""
    zone = period.tenant.zone
    moments = (
        ("begins", period.starts_on, f"{period.member.name} is away until "
         f"{day_full(period.ends_on)}"),
        ("ends", period.ends_on + dt.timedelta(days=1), f"{period.member.name} is back"),
    )  # fmt: skip
    for moment, day, title in moments:
        remind(
            to=[],
            kind=f"coverage.{moment}",
            title=title,
            body=_body(period, moment),
            at=dt.datetime.combine(day, dt.time(), tzinfo=zone),
            dedupe_key=f"coverage:{period.pk}:{moment}",
            still_due=f"coverage.{moment}",
            link=link_to("coverage_list"),
            target=period,
            args={"day": day.isoformat()},
        )


def _body(period: OffPeriod, moment: str) -> str:
    if moment == "ends":
        return f"What waits for {period.member.name} goes to them again."
    return f"{period.deputy.name} has their queue." if period.deputy else NOBODY


def absence_begins(*, target_id: UUID, args: dict[str, Any]) -> Any:
    """Whom the absence concerns, while it stands and begins on that day."""
    period = _standing(target_id)
    if period is None or period.starts_on.isoformat() != args["day"]:
        return False
    acting = deputy_for(period.member)
    return [*_concerned(period), *([acting] if acting else [])]


def absence_ends(*, target_id: UUID, args: dict[str, Any]) -> Any:
    """Whom the absence concerned, while it stands and ended on the day before."""
    period = _standing(target_id)
    if period is None or (period.ends_on + dt.timedelta(days=1)).isoformat() != args["day"]:
        return False
    return _concerned(period)


def _standing(period_id: UUID) -> OffPeriod | None:
    found: OffPeriod | None = (
        OffPeriod.objects.with_people()
        .select_related("member__tenant")
        .standing()
        .filter(pk=period_id)
        .first()
    )
    return found


def _concerned(period: OffPeriod) -> list[Member]:
    """The deputy, whoever is away, and the sponsors of their engagements; each once."""
    engagements = Engagement.objects.with_people().filter(cto_id=period.member_id)
    running = engagements.exclude(status=Engagement.Status.ENDED)
    people: Iterable[Member | None] = [
        period.deputy,
        period.member,
        *(engagement.sponsor for engagement in running),
    ]
    return list({person.pk: person for person in people if person is not None}.values())


def _both(engagement: Engagement) -> list[Member]:
    return [person for person in (engagement.cto, engagement.sponsor) if person is not None]
