"""Asking on its day what approved money was good for, and once more where nobody looks."""

import datetime as dt
from typing import Any
from uuid import UUID

from decisions.clocks import business_days_after
from decisions.models import SpendRequest
from decisions.notices import GROUP, link
from decisions.route import amount_in_words
from tenants.models import Member
from tenants.notifications.kinds import Email, register_check, register_kind
from tenants.notifications.reminders import cancel_reminders, remind
from tenants.notifications.services import settle
from tenants.permissions import Role

DUE = "spend.benefit_due"
MORNING = dt.time(8)
AGAIN_AFTER = 5  # working days


def register() -> None:
    """The kind and its check, from `AppConfig.ready`."""
    register_kind(
        DUE,
        label="The benefit of a spend request of mine is to be looked at",
        group=GROUP,
        permission="spend.view",
        email=Email.ONCE,
    )
    register_check(DUE, still_due)


def remind_of_benefit(request: SpendRequest) -> None:
    """On the morning of its day, and five working days later; another day moves both."""
    assert request.benefit_review_on is not None  # noqa: S101  for the type checker
    settle_benefit(request)
    company = request.tenant
    first = dt.datetime.combine(request.benefit_review_on, MORNING, tzinfo=company.zone)
    name = f"{request.reference} {request.title}, {amount_in_words(request)}"
    expected = f"Expected: {request.benefit_expected}" if request.benefit_expected else ""
    for place, at, title in (
        ("first", first, f"Look at the benefit of {name}"),
        (
            "again",
            business_days_after(first, AGAIN_AFTER, company),
            f"Late: nobody has looked at the benefit of {name}",
        ),
    ):
        remind(
            to=[],
            kind=DUE,
            title=title,
            body=expected,
            at=at,
            dedupe_key=f"{DUE}:{request.pk}:{place}",
            still_due=DUE,
            link=link(request),
            target=request,
            args={"review_on": request.benefit_review_on.isoformat()},
        )


def settle_benefit(request: SpendRequest) -> None:
    """It was looked at, or another day was chosen: what was said of it no longer waits."""
    cancel_reminders(f"{DUE}:{request.pk}:")
    settle(target=request, kinds=(DUE,))


def still_due(*, target_id: UUID, args: dict[str, Any]) -> Any:
    """Who asked for the money, or CTO and finance where they left; nobody once it was looked at,
    another day was chosen, or it was withdrawn."""
    day = dt.date.fromisoformat(args["review_on"])
    rows = SpendRequest.objects.benefit_due(day).filter(pk=target_id, benefit_review_on=day)
    request = rows.select_related("requester").first()
    if request is None:
        return False
    if request.requester.status == Member.Status.ACTIVE:
        return [request.requester]
    return list(Member.objects.filter(roles__overlap=[Role.CTO.value, Role.FINANCE.value]))
