"""Telling people, and what they do with what they were told."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.utils import timezone
from django.utils.text import Truncator
from psycopg2.extras import Json

from tenants.audit import Actor
from tenants.errors import NotFound
from tenants.isolation import Prepared, current_tenant_id, uuid7
from tenants.isolation.rows import columns_of, made_of
from tenants.models import Member, Tenant, User
from tenants.notifications import deliveries
from tenants.notifications.kinds import NotificationKind, kind_of
from tenants.notifications.links import inside
from tenants.notifications.models import (
    BODY_MOST,
    TITLE_MOST,
    Notification,
    NotificationPreferences,
)

_silent: ContextVar[bool] = ContextVar("bowline_silent", default=False)

_TELL = """
insert into tenants_notification (id, tenant_id, member_id, kind, title, body, link, actions,
  target_type, target_id, deadline, dedupe_key, created_at, actor_id, actor_name, read_at)
select n.id, %(tenant)s, n.member_id, %(kind)s, %(title)s, %(body)s, %(link)s, %(actions)s,
  %(target_type)s, %(target_id)s, %(deadline)s, %(dedupe_key)s, %(now)s, %(actor_id)s,
  %(actor_name)s, null
from unnest(%(ids)s::uuid[], %(members)s::uuid[]) n (id, member_id)
on conflict (tenant_id, member_id, dedupe_key) where dedupe_key <> '' do nothing
returning id, member_id
"""

# In one order: two that tell the same people never wait in a circle.
_RECIPIENTS = """
select {columns}
from tenants_member m
join tenants_user u on u.id = m.user_id
join tenants_tenant t on t.id = m.tenant_id
left join tenants_notificationpreferences p on p.tenant_id = m.tenant_id and p.member_id = m.id
where m.tenant_id = %(tenant)s and m.id = any(%(members)s) and m.status = 'active' and u.is_active
order by m.id
"""
_SETTLE = Prepared(
    """
update tenants_notification set read_at = %(now)s
where tenant_id = %(tenant)s and target_id = %(target)s and read_at is null
  and (%(kinds)s is null or kind = any(%(kinds)s))
  and (%(members)s is null or member_id = any(%(members)s))
  and (%(others)s is null or not member_id = any(%(others)s))
returning id
""",
    tenant="uuid",
    target="uuid",
    kinds="text[]",
    members="uuid[]",
    others="uuid[]",
    now="timestamptz",
)
_KINDS = ((Member, "m"), (User, "u"), (Tenant, "t"), (NotificationPreferences, "p"))


@contextmanager
def silence() -> Iterator[None]:
    """Tell nobody anything meanwhile: for demo data and restored ones, which are no news."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def notify(
    *,
    to: Iterable[Member],
    kind: str,
    title: str,
    body: str = "",
    link: str = "",
    dedupe_key: str = "",
    actor: Actor | None = None,
    target: models.Model | None = None,
    deadline: dt.datetime | None = None,
    actions: Sequence[tuple[str, str]] = (),
) -> list[UUID]:
    """Tell each of `to` once, in the caller's transaction; answers the members' ids newly told.

    Nobody is told of their own act (`actor`), nor who has left, was switched off, or lacks the
    kind's right. Under one `dedupe_key` a person is told once, so a repeat is harmless: name the
    event in it, such as `f"update.submitted:{update.pk}"`. `link` (from `link_to`, or a path of
    this tenant) is the page it leads to; `actions` are further ones as (label, link), shown as
    buttons: they lead to a page that asks, never change anything by themselves. `deadline` is the
    instant by which the reader is to act. Titles and bodies are cut at 200 and 400 characters.

    Raises KeyError for a kind that is not registered, ValueError for a link out of the tenant.
    """
    words = {
        "kind": kind,
        "title": one_line(title, TITLE_MOST),
        "body": one_line(body, BODY_MOST),
        "link": inside(link),
        "actions": [[label, inside(path)] for label, path in actions],
        "target_type": target._meta.model_name if target is not None else "",
        "target_id": target.pk if target is not None else None,
        "deadline": deadline,
        "dedupe_key": dedupe_key,
    }
    return tell(to=to, words=words, actor=actor)


def tell(*, to: Iterable[Member], words: dict[str, Any], actor: Actor | None) -> list[UUID]:
    """Write the checked `words` for each of `to` who may be told; as `notify`."""
    kind = kind_of(words["kind"])
    told = [] if _silent.get() else _recipients(to, kind, actor)
    if not told:
        return []
    facts = words | {
        "tenant": current_tenant_id(),
        "actions": Json(words["actions"]),
        "now": timezone.now(),
        "actor_id": actor.actor_id if actor is not None else None,
        "actor_name": actor.actor_name[:200] if actor is not None else "",
        "ids": [uuid7() for _ in told],
        "members": [mine.member_id for mine in told],
    }
    with connection.cursor() as cursor:
        cursor.execute(_TELL, facts)
        new = {member_id: pk for pk, member_id in cursor.fetchall()}
    heard = [(new[mine.member_id], mine) for mine in told if mine.member_id in new]
    deliveries.plan(heard, kind=kind)
    return list(new)


def one_line(text: str, most: int) -> str:
    """The text without line breaks, cut where it is longer than `most` characters."""
    return Truncator(" ".join(text.split())).chars(most)


def settle(
    *,
    target: models.Model,
    kinds: Iterable[str] = (),
    member: Member | None = None,
    members: Iterable[UUID] = (),
    all_but: Iterable[UUID] | None = None,
) -> int:
    """Mark as read what waits about `target`, because it was acted on; answers how many.

    All kinds and all people unless named, one as `member` or several by id, or all but some: once
    one of three has approved, nobody is asked.
    """
    members = [member.pk] if member is not None else list(members)
    settled = _SETTLE.rows(
        {
            "tenant": current_tenant_id(),
            "target": target.pk,
            "kinds": list(kinds) or None,
            "members": members or None,
            "others": None if all_but is None else list(all_but),
            "now": timezone.now(),
        }
    )
    return len(settled)


def mark(*, notification: Notification, actor: Actor, read: bool) -> Notification:
    """Mark one's own notification as read or unread; NotFound for anybody else's."""
    if actor.actor_id is None or notification.member_id != actor.actor_id:
        raise NotFound
    if read is not (notification.read_at is None):
        return notification
    notification.read_at = timezone.now() if read else None
    notification.save(update_fields=["read_at"])
    return notification


def mark_all_read(*, actor: Actor, until: dt.datetime | None = None) -> tuple[dt.datetime, int]:
    """Mark all of one's own as read, those that came up to `until`; what came later stays.

    Answers the instant under which `unmark_all` takes it back, and how many there were.
    """
    at = timezone.now()
    waiting = Notification.objects.filter(member_id=actor.actor_id, read_at=None)
    if until is not None:
        waiting = waiting.filter(created_at__lte=until)
    return at, waiting.update(read_at=at)


def unmark_all(*, actor: Actor, at: dt.datetime) -> int:
    """Take back `mark_all_read`: what was marked at that very instant is unread again."""
    marked = Notification.objects.filter(member_id=actor.actor_id, read_at=at)
    return marked.update(read_at=None)


@cache
def _recipients_sql() -> Prepared:
    columns = columns_of(_KINDS)
    return Prepared(_RECIPIENTS.format(columns=columns), tenant="uuid", members="uuid[]")


def _recipients(
    to: Iterable[Member], kind: NotificationKind, actor: Actor | None
) -> list[NotificationPreferences]:
    """Who of `to` is told, as their preferences with the member in them; one query."""
    own = actor.actor_id if actor is not None else None
    wanted = {member.pk for member in to if member is not None} - {own}
    if not wanted:
        return []
    rows = _recipients_sql().rows({"tenant": current_tenant_id(), "members": list(wanted)})
    found = []
    for row in rows:
        member, user, company, mine = made_of(row, *(model for model, _ in _KINDS))
        member.user, member.tenant = user, company
        if not kind.permission or member.can(kind.permission):
            mine = mine or NotificationPreferences(member=member)
            mine.member = member
            found.append(mine)
    return found
