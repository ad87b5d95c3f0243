"""Questions about the people of a company."""

from typing import Any

from django.db.models import Prefetch, QuerySet

from tenants.errors import NotFound
from tenants.models import AuditEvent, Invitation, Member
from tenants.second_factor import has_second_factor_query


def people() -> QuerySet[Any]:
    """Members with login, open invitation and second factor; two queries however many."""
    open_invitations = Invitation.objects.filter(accepted_at=None, revoked_at=None)
    return (
        Member.objects.select_related("user", "tenant")
        .annotate(has_second_factor=has_second_factor_query())
        .prefetch_related(Prefetch("invitations", queryset=open_invitations, to_attr="waiting"))
    )


def person(pk: Any) -> Member:
    """One of them; raises NotFound for an id of nobody here."""
    found: Member | None = people().filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def found_people(*, text: str = "", role: str = "", status: str = "") -> list[Any]:
    """The people a reader looks for, by name; without a status those who are here or invited.

    `text` is looked for in what this company may see: name, address and title.
    """
    rows = people().filter(status__in=[status] if status else Member.NAMEABLE)
    if role:
        rows = rows.filter(roles__contains=[role])
    wanted = text.casefold().strip()
    return sorted(
        (m for m in rows if not wanted or wanted in f"{m.name} {m.email} {m.title}".casefold()),
        key=lambda m: (m.name.casefold(), m.pk),
    )


def history_of(member: Member, limit: int = 12) -> list[Any]:
    """The newest events that concern this person's place here."""
    return list(
        AuditEvent.objects.filter(target_id=member.pk, verb__startswith="member.").order_by("-id")[
            :limit
        ]
    )
