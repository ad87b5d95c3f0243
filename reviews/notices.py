"""Who is told what about weekly updates, and the reminders before they and their asks are due."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils import timezone

from engagements.coverage import deputy_for
from engagements.models import Engagement
from reviews import figures
from reviews.models import Ask, UpdateComment, WeeklyUpdate
from tenants.audit import Actor
from tenants.models import Member
from tenants.notifications.kinds import Email, register_check, register_kind
from tenants.notifications.links import link_to
from tenants.notifications.reminders import remind
from tenants.notifications.services import notify, settle
from tenants.permissions import Role
from tenants.ui.formats import day

SOON = dt.timedelta(hours=24)  # how long before it is due a letter is reminded of
MORNING = dt.time(9)  # at the client's, of the day before an ask is due
LAST_MINUTE = dt.time(23, 59)
GROUP = "Weekly updates"


def register() -> None:
    """The kinds and checks, from `AppConfig.ready`."""
    kinds = (
        ("update.submitted", "A weekly update was sent", Email.ONCE),
        ("update.acknowledged", "A weekly update was acknowledged", Email.DAILY),
        ("update.commented", "Someone commented on a weekly update", Email.ONCE),
        ("update.asked", "A weekly update asks something of me", Email.ONCE),
        ("update.ask_due", "What a weekly update asks of me is due", Email.ONCE),
        ("update.due", "My weekly update is due soon", Email.ONCE),
        ("update.late", "My weekly update is late", Email.ONCE),
    )
    for name, label, email in kinds:
        mine = name in ("update.due", "update.late")
        right = "update.write" if mine else "update.view"
        register_kind(name, label=label, group=GROUP, permission=right, email=email)
    register_check("reviews.ask_open", ask_is_open)


def tell_submitted(update: WeeklyUpdate, actor: Actor) -> None:
    """The client's executives and the sponsor, once; and each person who is asked for something."""
    engagement = update.engagement
    settle(target=engagement, kinds=["update.due", "update.late"], member=engagement.cto)
    notify(
        to=[*_executives(), *_present(engagement.sponsor)],
        kind="update.submitted",
        title=f"{update.author.name} sent the weekly update, {update.week_name}",
        body=update.lead,
        link=_link(update),
        target=update,
        actor=actor,
        dedupe_key=f"update.submitted:{update.pk}",
    )
    asks = Ask.objects.filter(update=update, closed_at=None).select_related(
        "member__user", "member__tenant"
    )
    for ask in asks:
        if ask.member is not None:
            _tell_asked(ask, update, actor)


def tell_acknowledged(update: WeeklyUpdate, actor: Actor) -> None:
    """The CTO; for everybody else the letter no longer waits."""
    settle(target=update, kinds=["update.submitted"])
    notify(
        to=_writers(update),
        kind="update.acknowledged",
        title=f"{actor.actor_name} acknowledged your weekly update, {update.week_name}",
        link=_link(update),
        target=update,
        actor=actor,
        dedupe_key=f"update.acknowledged:{update.pk}",
    )


def tell_commented(comment: UpdateComment, update: WeeklyUpdate, actor: Actor) -> None:
    """The CTO, and everybody who commented before."""
    earlier = UpdateComment.objects.filter(update=update).exclude(pk=comment.pk)
    authors = Member.objects.filter(pk__in=earlier.values("author_id"))
    notify(
        to=[*_writers(update), *authors],
        kind="update.commented",
        title=f"{actor.actor_name} commented on the weekly update, {update.week_name}",
        body=comment.body,
        link=_link(update) + "#h-thread",
        target=update,
        actor=actor,
        dedupe_key=f"update.commented:{comment.pk}",
    )


def tell_what_is_due() -> None:
    """Tell each CTO whose letter is due within SOON, or late, once for each week."""
    now = timezone.now()
    running = Engagement.objects.with_people().filter(status=Engagement.Status.ACTIVE)
    for engagement in running:
        due = figures.next_update(engagement)
        if due is None or due.sent or due.due_at - now > SOON:
            continue
        is_late = now > due.due_at
        if is_late and not figures.is_owed(engagement, due.week_start, due.due_at):
            continue
        kind = "update.late" if is_late else "update.due"
        notify(
            to=[engagement.cto],
            kind=kind,
            title=f"Your weekly update, {due.week_name}, is {'late' if is_late else 'due soon'}",
            body="The client sees that it is late." if is_late else "",
            link=link_to("update_edit", week_start=due.week_start),
            target=engagement,
            deadline=due.due_at,
            dedupe_key=f"{kind}:{engagement.pk}:{due.week_start}",
        )


def ask_is_open(*, target_id: UUID | None, args: dict[str, Any]) -> Any:
    """Who is asked, and who covers for them then, while the ask stands open in the engagement's
    latest letter."""
    sent = WeeklyUpdate.objects.filter(engagement_id=target_id).exclude(status="draft")
    latest = sent.order_by("-week_start").first()
    if latest is None:
        return False
    ask = (
        Ask.objects.select_related("member__user", "member__tenant")
        .filter(
            update=latest,
            closed_at=None,
            text=args["text"],
            member_id=args["member"],
            due_on=args["due_on"],
        )
        .first()
    )
    if ask is None or ask.member is None:
        return False
    return [ask.member, *_present(deputy_for(ask.member))]


def _tell_asked(ask: Ask, update: WeeklyUpdate, actor: Actor) -> None:
    """Tell the person once, however many letters repeat the ask, and remind the day before."""
    engagement, zone = update.engagement, update.engagement.tenant.zone
    said = f"{ask.member_id}:{ask.due_on}:{ask.text}"
    key = f"{engagement.pk}:{hashlib.sha256(said.encode()).hexdigest()[:32]}"
    deadline = dt.datetime.combine(ask.due_on, LAST_MINUTE, tzinfo=zone) if ask.due_on else None
    words: dict[str, Any] = {
        "to": [ask.member],
        "link": _link(update) + "#asks",
        "deadline": deadline,
    }
    notify(
        kind="update.asked",
        title=f"{update.author.name} asks you: {ask.text}",
        actor=actor,
        target=update,
        dedupe_key=f"update.asked:{key}",
        **words,
    )
    deputy = deputy_for(ask.member) if ask.member is not None else None
    if ask.member is not None and deputy is not None:
        notify(
            kind="update.asked",
            title=f"{update.author.name} asks {ask.member.name}, for whom you cover: {ask.text}",
            actor=actor,
            target=update,
            dedupe_key=f"update.asked:{key}",
            **(words | {"to": [deputy]}),
        )
    if ask.due_on:
        remind(
            kind="update.ask_due",
            title=f"Due {day(ask.due_on, engagement.tenant.today)}: {ask.text}",
            body=f"{update.author.name} asked you for it in {update.week_name}.",
            at=dt.datetime.combine(ask.due_on - dt.timedelta(days=1), MORNING, tzinfo=zone),
            dedupe_key=f"update.ask:{key}",
            still_due="reviews.ask_open",
            target=engagement,
            args={"text": ask.text, "member": str(ask.member_id), "due_on": str(ask.due_on)},
            **words,
        )


def _executives() -> Iterable[Member]:
    return Member.objects.filter(
        roles__contains=[Role.EXECUTIVE.value], status=Member.Status.ACTIVE
    )


def _writers(update: WeeklyUpdate) -> list[Member]:
    return [update.author, *_present(update.engagement.cto)]


def _present(member: Member | None) -> list[Member]:
    return [member] if member is not None else []


def _link(update: WeeklyUpdate) -> str:
    return link_to("update_detail", week_start=update.week_start)
