"""Who is told what about spend."""

import datetime as dt
from collections.abc import Iterable
from uuid import UUID

from django.urls import NoReverseMatch

from decisions import moment
from decisions.ladder import Ladder, StepState, ladder_of
from decisions.models import SpendDecision, SpendRequest, SpendStep
from decisions.route import amount_in_words
from decisions.routing import roles_in_words
from decisions.tiers import Rule
from tenants.audit import Actor
from tenants.models import Member, Notification
from tenants.notifications.kinds import Email, register_kind
from tenants.notifications.links import link_to
from tenants.notifications.services import notify, settle
from tenants.permissions import Role

UNHELD = "spend.unheld"
DECIDING = ("spend.asked", "spend.due", "spend.late")
ASKING = (*DECIDING, UNHELD)
RATIFYING = ("spend.bypassed", "spend.not_ratified")
GROUP = "Spend"


def register() -> None:
    """The kinds, from `AppConfig.ready`."""
    for name, label, email, urgent in (
        ("spend.asked", "A spend request waits for my approval", Email.ONCE, False),
        ("spend.due", "Half of the time to approve is over", Email.ONCE, False),
        ("spend.late", "A spend request is late and I can decide now too", Email.ONCE, True),
        (UNHELD, "Nobody is left who can decide a spend request", Email.ONCE, False),
        ("spend.decided", "My spend request is decided, or sent back", Email.ONCE, False),
        ("spend.commented", "Someone wrote about a spend request of mine", Email.DAILY, False),
        ("spend.bypassed", "An executive bypassed the approval in an emergency", Email.ONCE, True),
        ("spend.not_ratified", "Nobody ratified an emergency in time", Email.ONCE, True),
        ("spend.digest", "What was spent without the usual approval last month", Email.ONCE, False),
    ):
        register_kind(
            name, label=label, group=GROUP, permission="spend.view", email=email, urgent=urgent
        )


def tell_asked(request: SpendRequest, state: StepState) -> None:
    """Those who are asked, and who stands in for them."""
    step = state.step
    notify(
        to=_members(_and_stand_ins(state)),
        kind="spend.asked",
        title=f"{request.requester.name} asks for {amount_in_words(request)}: {request.title}",
        body=" ".join(
            filter(
                None,
                (f"{request.reference}, {request.vendor}.", *state.asked.reasons, request.purpose),
            )
        ),
        link=link(request),
        target=request,
        deadline=step.due_at,
        actions=_answers(request, step),
        dedupe_key=f"spend.asked:{step.pk}:{step.opened_at:%s}",
    )


def settle_gone(request: SpendRequest, ladder: Ladder) -> None:
    """Whoever can say nothing here now is asked no more: without the role, gone, or in place of
    somebody who is back, is not asked, or whose delegation is over."""
    can = {pk for state in ladder.open for pk in _and_stand_ins(state)}
    settle(target=request, kinds=DECIDING, all_but=can)


def settle_deputy(deputy: Member) -> None:
    """The same, now, for one person who stands in for another no more."""
    told = Notification.objects.filter(member=deputy, kind__in=DECIDING, read_at=None)
    rows = SpendRequest.objects.filter(pk__in=told.values("target_id")).order_by("id")
    for row in rows.filter(status=SpendRequest.Status.SUBMITTED).with_people().with_steps():
        settle_gone(row, ladder_of(row))


def tell_unheld(request: SpendRequest, state: StepState) -> None:
    """The requester, and the admins, who can give somebody the role; once for a step."""
    roles = roles_in_words(state.step.roles)
    notify(
        to=[request.requester, *_holders(Role.ADMIN)],
        kind=UNHELD,
        title=f"Nobody is left who can decide {request.reference}: {request.title}",
        body=f"{amount_in_words(request)}, {request.vendor}. It waits until somebody holds the role"
        f" {roles} or one above it. An admin can give it under People.",
        link=link(request),
        target=request,
        dedupe_key=f"{UNHELD}:{state.step.pk}:{state.step.opened_at:%s}",
    )


def tell_due(request: SpendRequest, state: StepState) -> None:
    """Those whose word is awaited, halfway."""
    step = state.step
    notify(
        to=_members(_and_stand_ins(state)),
        kind="spend.due",
        title=f"Still waiting for you: {request.title}, {amount_in_words(request)}",
        body=f"{request.reference} of {request.requester.name}.",
        link=link(request),
        target=request,
        deadline=step.due_at,
        actions=_answers(request, step),
        dedupe_key=f"spend.due:{step.pk}:{step.due_at:%s}",
    )


def tell_late(request: SpendRequest, state: StepState, above: Iterable[UUID]) -> None:
    """Those who are asked, and to whom it passes."""
    step = state.step
    notify(
        to=_members({*_and_stand_ins(state), *above}),
        kind="spend.late",
        title=f"Late: {request.title}, {amount_in_words(request)}",
        body=f"{request.reference} of {request.requester.name}, {request.vendor}.",
        link=link(request),
        target=request,
        actions=_answers(request, step),
        dedupe_key=f"spend.late:{step.pk}:{step.due_at:%s}:{len(step.escalated_to)}",
    )


def tell_decided(request: SpendRequest, *, actor: Actor, note: str = "") -> None:
    """The requester: approved, rejected, sent back or expired."""
    settle(target=request, kinds=ASKING)
    back = request.status == SpendRequest.Status.CHANGES_REQUESTED
    state = f"is {'sent back for changes' if back else request.get_status_display().lower()}"
    if request.status == SpendRequest.Status.EXPIRED:
        state = "has expired"
    notify(
        to=[request.requester],
        kind="spend.decided",
        title=f"{request.reference} {state}: {request.title}",
        body=note,
        link=link(request),
        target=request,
        actor=actor,
        dedupe_key=f"spend.decided:{request.pk}:{request.round}:{request.status}:"
        f"{moment.now().isoformat()}",
    )


def tell_bypassed(request: SpendRequest, *, actor: Actor) -> None:
    """Finance and the board, who must ratify it."""
    notify(
        to=_holders(Role.FINANCE, Role.BOARD),
        kind="spend.bypassed",
        title=f"{actor.actor_name} bypassed the approval of {amount_in_words(request)}",
        body=f"{request.reference}, {request.title}: {request.bypass_reason}",
        link=link(request),
        target=request,
        actor=actor,
        deadline=request.ratify_due_at,
        dedupe_key=f"spend.bypassed:{request.pk}:{request.round}",
    )


def tell_not_ratified(request: SpendRequest) -> None:
    """Everybody who answers for the company's money."""
    notify(
        to=_holders(Role.FINANCE, Role.BOARD, Role.EXECUTIVE, Role.ADMIN),
        kind="spend.not_ratified",
        title=f"Not ratified in time: {request.reference}, {amount_in_words(request)}",
        body=f"{request.title}: {request.bypass_reason}",
        link=link(request),
        target=request,
        dedupe_key=f"spend.not_ratified:{request.pk}:{request.round}",
    )


def tell_commented(request: SpendRequest, *, actor: Actor, body: str) -> None:
    """The requester and whoever has decided on it."""
    said = SpendDecision.objects.filter(request=request).values_list("actor_id", flat=True)
    notify(
        to=_members({request.requester_id, *said}),
        kind="spend.commented",
        title=f"{actor.actor_name} on {request.reference}: {body}",
        link=link(request),
        target=request,
        actor=actor,
    )


def tell_digest(rows: list[SpendRequest], *, month: dt.date) -> None:
    """Finance: what went without the usual approval in a month, one line each."""
    lines = [f"{row.reference} {row.title} {amount_in_words(row)} ({_why(row)})" for row in rows]
    notify(
        to=_holders(Role.FINANCE),
        kind="spend.digest",
        title=f"{len(rows)} without the usual approval in {month:%B %Y}",
        body="; ".join(lines),
        dedupe_key=f"spend.digest:{month:%Y-%m}",
    )


def link(request: SpendRequest) -> str:
    """The request's page."""
    try:
        return link_to("spend_detail", request_id=request.pk)
    except NoReverseMatch:
        return ""


def _answers(request: SpendRequest, step: SpendStep) -> list[tuple[str, str]]:
    """What can be said, each leading to the request with that answer chosen, to be confirmed."""
    words = [("approve", f"Approve {amount_in_words(request)}"), ("reject", "Reject")]
    if step.rule == Rule.MAJORITY:
        words = [("for", "Vote for it"), ("against", "Vote against it")]
    else:
        words.insert(1, ("changes", "Ask for changes"))
    at = link(request)
    return [(label, f"{at}?say={answer}") for answer, label in words] if at else []


def _why(row: SpendRequest) -> str:
    words = [
        word
        for word, is_so in (
            ("own authority", row.within_own_authority),
            ("bypassed, not ratified", row.is_bypass_open),
            ("bypassed", row.bypassed_at is not None and row.ratified_at is not None),
            ("over budget", row.excepted_amount > 0),
        )
        if is_so
    ]
    return ", ".join(words)


def _and_stand_ins(state: StepState) -> set[UUID]:
    people = {person.id for person in state.waiting}
    return people | {each.deputy for pk in people for each in state.stand_ins(pk)}


def _members(ids: Iterable[UUID]) -> list[Member]:
    return list(Member.objects.filter(pk__in=list(ids)))


def _holders(*roles: Role) -> list[Member]:
    return list(Member.objects.filter(roles__overlap=[role.value for role in roles]))
