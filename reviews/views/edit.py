"""Writing a letter: one form, saved as it is typed, sent when it is ready."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from reviews import policies, services
from reviews.figures import due_words
from reviews.forms import LetterInput
from reviews.letter import letter_of
from reviews.models import Ask, Blocker, WeeklyUpdate
from reviews.prefill import open_rows, prefilled, previous_of
from reviews.services.rows import update_for_change
from reviews.services.updates import stale_words
from reviews.views.rows import address, client_readers, engagement_to_write, find_update, get_update
from reviews.weeks import place_name
from tenants.models import Member
from tenants.open_forms import is_fresh
from tenants.pages import TenantRequest, is_fragment, redirect_after_post, tenant_page
from tenants.ui.formats import clock

LISTS = {"blocker": "blockers", "ask": "asks"}
Status = WeeklyUpdate.Status


@tenant_page("update.write")
def update_edit(request: TenantRequest, slug: str, week_start: dt.date) -> HttpResponse:
    """Write the letter of a week; nothing is stored before something is typed.

    A sent letter can be changed here until it is acknowledged, then it is amended.
    """
    if request.method == "POST":
        return _answer(request, _held(request, week_start))
    update = find_update(request, week_start) or _prefilled(request, week_start)
    if update.status == Status.ACKNOWLEDGED:
        return redirect(address("update_detail", request, week_start))
    return _page(request, update, _input(request, update))


@tenant_page("update.write")
def update_preview(request: TenantRequest, slug: str, week_start: dt.date) -> HttpResponse:
    """The letter alone, as the client will read it."""
    update = get_update(request, week_start)
    context = {"update": update, "letter": letter_of(update, reader=request.member)}
    return render(request, "reviews/update_preview.html", context)


def _answer(request: TenantRequest, update: WeeklyUpdate) -> HttpResponse:
    """Save what was typed, then do what the pressed button says."""
    action, _, place = request.POST.get("action", "").partition(":")
    written = _input(request, update, data=request.POST)
    refusal = _refusal(request, update, written, overwrite=action == "overwrite")
    if refusal:
        return _page(request, update, written, refusal=refusal, status=409)
    if not written.is_valid():
        return _page(request, update, written, status=422)
    without = _row_named(place) if action == "remove" else None
    saved = _save(request, update, written, without, overwrite=action == "overwrite")
    if saved is None:
        return _page(request, update, written, status=422)
    if action == "send":
        return _send(request, saved, written)
    if action in ("add", "remove"):
        data = _rows_changed(request.POST, add=LISTS.get(place, ""), without=without)
        return _page(request, saved, _input(request, saved, data=data))
    return _next_page(request, saved, action)


def _send(request: TenantRequest, update: WeeklyUpdate, written: LetterInput) -> HttpResponse:
    """The letter goes out, or the page says what is missing."""
    written.require_on_page()
    sent = written.send(services.update_submit, update=update, actor=request.member)
    if sent is None or written.problems:
        return _page(request, update, written, status=422)
    said = f"Sent to {request.tenant.name}. The time of {sent.week_name} is locked."
    messages.success(request, said)
    return redirect_after_post(request, address("update_detail", request, sent.week_start))


def _next_page(request: TenantRequest, update: WeeklyUpdate, action: str) -> HttpResponse:
    """Where a saved letter leads: its draft, its preview, or out of the form."""
    here = address("update_edit", request, update.week_start)
    if action == "copy":
        services.update_copy_from_previous(update=update, actor=request.member)
        messages.success(request, "Filled what was empty from the update before.")
        return redirect_after_post(request, here)
    if action == "preview":
        return redirect_after_post(request, address("update_preview", request, update.week_start))
    if action == "save":
        messages.success(request, "Draft saved." if update.is_draft else "Changes saved.")
        return redirect_after_post(request, address("update_detail", request, update.week_start))
    if is_fragment(request):
        return _page(request, update, _input(request, update, data=request.POST))
    return redirect_after_post(request, here)


def _save(
    request: TenantRequest,
    update: WeeklyUpdate,
    written: LetterInput,
    without: tuple[str, int] | None,
    *,
    overwrite: bool,
) -> WeeklyUpdate | None:
    """The stored letter with what was typed; None when a rule says no."""
    content = written.content(without=without)
    facts: dict[str, Any] = {"update": update, "actor": request.member, "content": content}
    if not update.is_draft:
        return written.send(services.update_revise, **facts)
    texts = written.texts.cleaned_data
    version = None if overwrite else texts["version"]
    return written.send(
        services.update_save_draft, **facts, version=version, saved_from=texts["saved_from"]
    )


def _refusal(
    request: TenantRequest, update: WeeklyUpdate, written: LetterInput, *, overwrite: bool
) -> str:
    """Why the form's text cannot be saved as it stands; it is kept and shown in any case."""
    was_draft = request.POST.get("mode") != "revise"
    if update.status == Status.ACKNOWLEDGED:
        return policies.acknowledged_words(update)
    if was_draft and not update.is_draft:
        return policies.sent_words(update)
    if not update.is_draft or overwrite or not written.texts.is_valid():
        return ""
    texts = written.texts.cleaned_data
    fresh = is_fresh(update, version=texts["version"], saved_from=texts["saved_from"])
    return "" if fresh else stale_words(update)


def _held(request: TenantRequest, week_start: dt.date) -> WeeklyUpdate:
    """The letter, held until the answer is written; a new one is stored now."""
    found = find_update(request, week_start)
    if found is None:
        found, _ = services.update_start(
            engagement=engagement_to_write(request), actor=request.member, week_start=week_start
        )
    return update_for_change(found.pk)


def _prefilled(request: TenantRequest, week_start: dt.date) -> WeeklyUpdate:
    """The letter that writing would start with; raises as starting it would."""
    engagement = engagement_to_write(request)
    services.check_can_start(actor=request.member, engagement=engagement, week_start=week_start)
    return prefilled(engagement, week_start, author=request.member)


def _input(request: TenantRequest, update: WeeklyUpdate, data: Any = None) -> LetterInput:
    blockers, asks = _rows(update)
    letter = letter_of(update, reader=request.member, blockers=blockers, asks=asks)
    members = Member.objects.select_related("user").filter(status=Member.Status.ACTIVE)
    return LetterInput(
        data,
        update=update,
        figures=letter.figures,
        blockers=blockers,
        asks=asks,
        members=sorted(members, key=lambda member: member.name),
    )


def _rows(update: WeeklyUpdate) -> tuple[list[Any], list[Any]]:
    """Stored blockers and asks, or those a letter that is not stored yet would begin with."""
    if not update._state.adding:
        return list(update.blockers.all()), list(update.asks.all())
    previous = previous_of(update)
    if previous is None:
        return [], []
    return open_rows(Blocker, previous, update), open_rows(Ask, previous, update)


def _page(
    request: TenantRequest,
    update: WeeklyUpdate,
    written: LetterInput,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """The whole form, or for htmx the parts of it that say how saving went."""
    blockers, asks = _rows(update)
    context = {
        "update": update,
        "written": written,
        "letter": letter_of(update, reader=request.member, blockers=blockers, asks=asks),
        "refusal": refusal,
        "problems": written.problems if written.is_bound else [],
        "due": _due(request, update),
    }
    if is_fragment(request):
        return render(request, "reviews/_saved.html", context, status=status)
    context |= {
        "readers": client_readers(update.engagement),
        "previous": previous_of(update),
        "is_new": update._state.adding,
    }
    return render(request, "reviews/update_edit.html", context, status=status)


def _due(request: TenantRequest, update: WeeklyUpdate) -> str:
    """When it is due for the reader, and on the client's clock where that is another."""
    words, there = due_words(update.due_at).removesuffix("."), request.tenant.zone
    at_client = clock(update.due_at, there, named=False)
    if at_client == clock(update.due_at, named=False):
        return words
    return f"{words}, {at_client} in {place_name(request.tenant.time_zone)}"


def _row_named(place: str) -> tuple[str, int] | None:
    """`blocker.2` → ("blockers", 2); None for anything else."""
    name, _, index = place.partition(".")
    if name in LISTS and index.isdecimal() and len(index) < 4:
        return LISTS[name], int(index)
    return None


def _rows_changed(data: QueryDict, *, add: str, without: tuple[str, int] | None) -> QueryDict:
    """What was typed, with one blank row more or one row less."""
    changed = data.copy()
    rows = {name: int(str(data[f"{name}-TOTAL_FORMS"])) for name in LISTS.values()}
    if add:
        changed[f"{add}-TOTAL_FORMS"] = str(rows[add] + 1)
    if without:
        name, gone = without
        for index in range(gone, rows[name]):
            for field in ("id", "text", "member", "due_on"):
                following = data.get(f"{name}-{index + 1}-{field}", "")
                changed[f"{name}-{index}-{field}"] = str(following)
        changed[f"{name}-TOTAL_FORMS"] = str(rows[name] - (gone < rows[name]))
    return changed
