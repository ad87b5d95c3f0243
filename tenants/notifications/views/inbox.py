"""What the reader was told, newest first."""

import datetime as dt
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tenants.errors import NotFound
from tenants.notifications import services
from tenants.notifications.kinds import KINDS, groups_for, label_of
from tenants.notifications.links import address
from tenants.notifications.mails import ACTION_HOLDS, Signed, signed
from tenants.notifications.models import Notification
from tenants.notifications.querysets import InboxFilter, inbox_of
from tenants.pages import TenantRequest, is_fragment, redirect_after_post, tenant_page
from tenants.paging import page_of

PAGE = 30


class InboxFilterForm(forms.Form):
    """One group or all, everything or what is unread."""

    group = forms.ChoiceField(label="About", required=False)
    unread = forms.BooleanField(label="Unread only", required=False)

    def __init__(self, *args: object, choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["group"].choices = [("", _("Everything")), *choices]  # type: ignore[attr-defined]


@require_safe
@tenant_page("notification.view")
def notification_list(request: TenantRequest, slug: str) -> HttpResponse:
    """The inbox: by group, all or unread, older ones by cursor."""
    choices = [(group.key, group.name) for group in groups_for(request.member)]
    form = InboxFilterForm(request.GET, choices=choices)
    asked = InboxFilter(**form.cleaned_data) if form.is_valid() else InboxFilter()
    rows = asked.apply(inbox_of(request.member))
    page = page_of(rows, request, size=PAGE)
    chosen = {"group": asked.group, "unread": "on" if asked.unread else ""}
    chosen = {name: value for name, value in chosen.items() if value}
    marked_at = _instant(request.GET.get("marked", ""))
    context = {
        "form": form,
        "asked": asked,
        "page": page,
        "group_name": dict(choices).get(asked.group, ""),
        "all_query": urlencode({k: v for k, v in chosen.items() if k != "unread"}),
        "unread_query": urlencode(chosen | {"unread": "on"}),
        **page.links(chosen),
        "is_filtered": bool(chosen),
        "unread_count": request.unread_count,
        "marked_at": marked_at,
        "marked": inbox_of(request.member).filter(read_at=marked_at).count() if marked_at else 0,
        "now": timezone.now(),
        "group_of": group_of,
    }
    return render(
        request,
        "notifications/notification_list.html",
        context,
        status=200 if form.is_valid() else 422,
    )


@require_safe
@tenant_page("notification.view")
def notification_count(request: TenantRequest, slug: str) -> HttpResponse:
    """The navigation's count for an open page: 204 while it is the one that the page shows."""
    if request.GET.get("shown") == str(request.unread_count):
        return HttpResponse(status=204)
    return render(request, "notifications/_count.html", {"is_here": "here" in request.GET})


@require_safe
@tenant_page("notification.view")
def notification_open(request: TenantRequest, slug: str, notification_id: UUID) -> HttpResponse:
    """Go to what it is about, or with `?action=` to one of its actions; it is read from then on.

    An action's link from a mail is signed for this person's notification; it leads to the page
    that asks, and changes nothing by itself. One that is too old leads there with nothing chosen,
    one of another person's mail says so.
    """
    number, signature = request.GET.get("action", ""), request.GET.get("s", "")
    notification = _mailed(request, notification_id, number, signature)
    link = notification.link
    if number:
        link = _action(request, notification, number, signature)
    if request.method == "GET":
        services.mark(notification=notification, actor=request.member, read=True)
    if not link:
        return HttpResponseRedirect(reverse("notification_list", kwargs={"slug": slug}))
    return HttpResponseRedirect(address(slug, link))


@require_POST
@tenant_page("notification.view")
def notification_mark(request: TenantRequest, slug: str, notification_id: UUID) -> HttpResponse:
    """Mark one as read, or with `read=0` as unread; htmx gets its row back."""
    notification = _own(request, notification_id)
    was_read = notification.read_at is not None
    read = request.POST.get("read", "1") != "0"
    row = services.mark(notification=notification, actor=request.member, read=read)
    request.unread_count += int(was_read) - int(read)
    if is_fragment(request):
        context = {"row": row, "now": timezone.now(), "group_of": group_of, "with_count": True}
        return render(request, "notifications/_row.html", context)
    return redirect_after_post(request, reverse("notification_list", kwargs={"slug": slug}))


@require_POST
@tenant_page("notification.view")
def notification_read_all(request: TenantRequest, slug: str) -> HttpResponse:
    """Mark all as read that the page knew of; the page then offers to take it back."""
    until = _instant(request.POST.get("until", ""))
    at, count = services.mark_all_read(actor=request.member, until=until)
    query = "?" + urlencode({"marked": at.isoformat()}) if count else ""
    return redirect_after_post(request, reverse("notification_list", kwargs={"slug": slug}) + query)


@require_POST
@tenant_page("notification.view")
def notification_unread_all(request: TenantRequest, slug: str) -> HttpResponse:
    """Take back what "mark all as read" did."""
    if at := _instant(request.POST.get("at", "")):
        services.unmark_all(actor=request.member, at=at)
    return redirect_after_post(request, reverse("notification_list", kwargs={"slug": slug}))


def group_of(row: Notification) -> str:
    """The group's name that stands beside a notification, or the kind's in words."""
    kind = KINDS.get(row.kind)
    return kind.group if kind else label_of(row.kind)


def _own(request: TenantRequest, notification_id: UUID) -> Notification:
    found: Notification | None = inbox_of(request.member).filter(pk=notification_id).first()
    if found is None:
        raise NotFound
    return found


def _mailed(
    request: TenantRequest, notification_id: UUID, number: str, signature: str
) -> Notification:
    """The reader's own notification; raises NotFound, that of another's mail with the way out."""
    found: Notification | None = inbox_of(request.member).filter(pk=notification_id).first()
    if found is not None:
        return found
    if signed(notification_id, _place(number), signature) is Signed.NOT:
        raise NotFound
    raise NotFound(
        f"This link is from a mail to somebody else, or from one that is long gone. You are signed "
        f"in as {request.member.email}: sign in with the address that the mail came to."
    )


def _action(request: TenantRequest, notification: Notification, number: str, signature: str) -> str:
    """The path of an action whose link is signed; raises NotFound for any other."""
    place = _place(number)
    worth = signed(notification.pk, place, signature)
    if worth is Signed.NOT or not 0 <= place < len(notification.actions):
        raise NotFound
    if worth is Signed.OLD:
        words = "That link from a mail is more than %(n)s days old, so nothing is chosen for you."
        messages.warning(request, _(words) % {"n": ACTION_HOLDS.days})
        return str(notification.link)
    return str(notification.actions[place][1])


def _place(number: str) -> int:
    """Which action an address names; -1 for what is no number."""
    return int(number) if number.isascii() and number.isdigit() and len(number) < 3 else -1


def _instant(text: str) -> dt.datetime | None:
    """An instant with its offset; None for anything else."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
