"""Two people of Northwind who were invited and have not come yet."""

from tenants.audit.actors import SystemActor
from tenants.errors import WrongState
from tenants.invitations import member_invite
from tenants.models import Member

NEWCOMERS = (
    ("hannah.brandt@northwind.example", "Hannah Brandt", "Head of customer success", ["team"]),
    ("o.lindqvist@harbor.example", "", "Board observer", ["observer"]),
)


def seed_newcomers() -> None:
    """Invite them, once, in the name of the admin; their mails land where mails of this site do."""
    admin = (
        Member.objects.select_related("user")
        .filter(status=Member.Status.ACTIVE, roles__contains=["admin"])
        .order_by("id")
        .first()
    )
    for email, name, title, roles in NEWCOMERS:
        if Member.objects.filter(invited_email=email).exists():
            continue
        try:
            member_invite(
                email=email, name=name, title=title, roles=roles, actor=admin or SystemActor()
            )
        except WrongState:
            continue
