"""Reading rows to change them."""

import datetime as dt
from typing import Any
from uuid import UUID

from engagements.models import Engagement
from tenants import currencies
from tenants.audit import Actor
from tenants.errors import StaleVersion
from tenants.holding import row_for_change
from tenants.models import Member, Tenant


def engagement_for_change(pk: UUID) -> Engagement:
    """The engagement with its people, held until the end of the transaction; raises NotFound."""
    found: Engagement = row_for_change(Engagement.objects.with_people(), pk)
    return found


def hold_company() -> Tenant:
    """The company's row, held: two absences that would overlap or cover each other in a circle,
    and two tools that would both be the one in use, wait for each other here. Rows that refer to
    the company can still be written."""
    company: Tenant = Tenant.objects.select_for_update(no_key=True).get()
    return company


def hold_currency(company: Tenant) -> str:
    """The company's currency, which nobody changes until the end of the transaction; `company` says
    the same from here on. For whoever writes down money in it."""
    company.currency = currencies.held()
    return company.currency


def made_before(model: Any, form_id: UUID | None) -> Any:
    """The row that this very form made already, None for the first time: a form that is sent twice
    names the id of what it makes, so it makes one. Asked for under the lock of what it belongs to.
    """
    return model.objects.filter(pk=form_id).first() if form_id else None


def id_of(form_id: UUID | None) -> dict[str, UUID]:
    """The id that a form named, for a new row."""
    return {"id": form_id} if form_id else {}


def check_unmodified(row: Any, since: dt.datetime | None) -> None:
    """Raise StaleVersion when `row` changed after its reader saw `since` (If-Match)."""
    if since is not None and row.updated_at != since:
        raise StaleVersion("It was changed since you read it. Read it again.")


def member_of(actor: Actor) -> Member | None:
    """Who, where a person acts; None for Bowline itself and service keys."""
    return actor if isinstance(actor, Member) else None
