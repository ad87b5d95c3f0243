"""Writing a request: a draft that is saved as it is typed, a change of one that was sent."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from decisions import pages
from decisions.forms import AmendForm, SpendRequestForm, initial_of
from decisions.locks import request_for_change
from decisions.models import Budget, SpendRequest
from decisions.policies import check_can_amend, check_can_change, check_can_create
from decisions.services import requests
from decisions.views.requests import address, request_at
from engagements.models import Initiative
from tenants.errors import NotFound
from tenants.isolation.ids import uuid7
from tenants.open_forms import is_fresh
from tenants.pages import TenantRequest, is_fragment, redirect_after_post, tenant_page
from tenants.ui.forms import ServiceForm

_KEY = "decisions.draft"
NEEDED = ("title", "vendor")


@dataclass(frozen=True)
class Place:
    """What a form writes into: a stored request, or the id that a new draft gets."""

    row: SpendRequest | None
    pk: UUID
    key: str = ""


@tenant_page("spend.request")
def spend_create(request: TenantRequest, slug: str) -> HttpResponse:
    """A draft of the reader's own, stored as soon as it says what is bought and from whom.

    The page brings the id that the draft will have: however often it is sent, it is one draft.
    """
    check_can_create(actor=request.member)
    place = _new_place(request)
    if request.method == "POST":
        return _answer(request, place)
    source = _asked_before(request)
    return _form(request, _unbound(request, place.row, source), place, source=source)


@tenant_page("spend.request")
def spend_update(request: TenantRequest, slug: str, request_id: Any) -> HttpResponse:
    """Change a draft, or what was sent back."""
    row = request_at(request_id, request)
    place = Place(row, row.pk)
    if request.method == "POST":
        return _answer(request, place)
    check_can_change(actor=request.member, request=row)
    return _form(request, _unbound(request, row), place)


@tenant_page("spend.request")
def spend_amend(request: TenantRequest, slug: str, request_id: Any) -> HttpResponse:
    """Change what waits or is approved, with the reason; a material change asks everybody anew."""
    row = request_at(request_id, request)
    check_can_amend(actor=request.member, request=row)
    place = Place(row, row.pk)
    form = AmendForm(request.POST or None, initial=initial_of(row), **_choices(request))
    if request.method == "POST" and form.is_valid() and not form.changes:
        form.add_error(None, "Nothing is changed yet. Change a field, or cancel.")
    if request.method == "POST" and form.is_valid():
        if not is_fresh(row, version=form.cleaned_data["version"]):
            refusal = requests.stale_words(row)
            return _form(request, form, place, amends=True, refusal=refusal, status=409)
        saved = form.send(requests.request_amend, request=row, actor=request.member, **form.facts())
        if saved is not None:
            messages.success(request, f"{saved.reference} changed.")
            return redirect_after_post(request, address(slug, saved))
    return _form(request, form, place, amends=True)


def _answer(request: TenantRequest, place: Place) -> HttpResponse:
    """Save what was typed, then do what the pressed button says.

    A stored request is held until the answer is written: of two windows that save at once the
    second is told.
    """
    if place.row is not None:
        place = replace(place, row=request_for_change(place.row.pk))
    form = SpendRequestForm(request.POST, initial=_initial(request, place.row), **_choices(request))
    is_valid = form.is_valid()
    overwrites = request.POST.get("then") == "overwrite"
    if place.row is not None:
        refusal = _refusal(request, place.row, form, overwrites=overwrites)
        if refusal:
            return _form(request, form, place, refusal=refusal, status=409)
    if is_fragment(request):
        return _typed(request, form, place)
    if not is_valid:
        return _form(request, form, place)
    saved = _save(request, form, place, form.facts())
    if saved is None:
        return _form(request, form, place)
    if overwrites:
        return redirect_after_post(request, _editing(request, saved))
    return _saved(request, saved)


def _typed(request: TenantRequest, form: SpendRequestForm, place: Place) -> HttpResponse:
    """Save what is right so far of a form that is being typed, and say what is not saved yet."""
    facts = form.typed()
    if place.row is None and not all(facts.get(name) for name in NEEDED):
        return _form(request, form, place, status=200)
    row = _save(request, form, place, facts)
    if row is None:  # the service refused some fields as well: the others are saved
        row = _save(request, form, place, form.typed())
    if row is None:
        return _form(request, form, place)
    stored = request_at(row.pk, request)
    answer = _form(request, form, Place(stored, stored.pk, place.key), status=200)
    if place.row is None:
        answer["HX-Replace-Url"] = _editing(request, row)
    return answer


def _save(
    request: TenantRequest, form: SpendRequestForm, place: Place, facts: dict[str, Any]
) -> SpendRequest | None:
    """The stored request with these facts; None when a rule says no, and the form says why."""
    data, row = form.cleaned_data, place.row
    saved_from = data.get("saved_from", "")
    saved: SpendRequest | None
    if row is None:
        saved = form.send(
            requests.request_create,
            actor=request.member,
            pk=place.pk,
            saved_from=saved_from,
            **facts,
        )
        return saved
    is_draft = row.status == SpendRequest.Status.DRAFT
    saved = form.send(
        requests.request_update,
        request=row,
        actor=request.member,
        changes=facts,
        version=None if request.POST.get("then") == "overwrite" else data.get("version"),
        saved_from=saved_from if is_draft else "",
    )
    return saved


def _refusal(
    request: TenantRequest, row: SpendRequest, form: SpendRequestForm, *, overwrites: bool
) -> str:
    """Why the form's text cannot be saved as it stands; it is kept and shown in any case."""
    is_mine = row.requester_id == request.member.pk
    if is_mine and row.status not in (
        SpendRequest.Status.DRAFT,
        SpendRequest.Status.CHANGES_REQUESTED,
    ):
        return f"{row.reference} is {row.get_status_display().lower()} by now."
    check_can_change(actor=request.member, request=row)
    data = form.cleaned_data
    fresh = overwrites or is_fresh(
        row, version=data.get("version"), saved_from=data.get("saved_from", "")
    )
    return "" if fresh else requests.stale_words(row)


def _saved(request: TenantRequest, row: SpendRequest) -> HttpResponse:
    """On to the request, sent at once where the button said so."""
    slug = request.tenant.slug
    if request.POST.get("then") == "submit":
        sending = ServiceForm(request.POST)
        if sending.is_valid() and sending.send(
            requests.request_submit, request=row, actor=request.member
        ):
            messages.success(request, f"{row.reference} sent.")
        else:  # the draft is kept; what keeps it from being sent is said
            why = " ".join(str(error) for error in sending.non_field_errors())
            messages.error(request, f"{row.reference} is saved as a draft and was not sent. {why}")
        return redirect_after_post(request, address(slug, row))
    messages.success(request, f"{row.reference} saved as a draft.")
    return redirect_after_post(request, address(slug, row))


def _form(
    request: TenantRequest,
    form: SpendRequestForm,
    place: Place,
    *,
    amends: bool = False,
    refusal: str = "",
    status: int = 0,
    source: SpendRequest | None = None,
) -> HttpResponse:
    """The whole form, or for htmx the parts of it that say how saving went."""
    row, shown = place.row, place.row or source
    context = {
        "form": form,
        "it": row,
        "key": place.key,
        "amends": amends,
        "source": source,
        "refusal": refusal,
        "problems": form.problems if form.is_bound else [],
        "is_draft": not amends and (row is None or row.status == SpendRequest.Status.DRAFT),
        "estimate": pages.estimate(shown) if shown is not None else None,
        "amount": pages.amount_short(shown) if shown is not None else "",
        "effect": pages.budget_effect(row) if row is not None else None,
        "short": pages.whole,
    }
    status = status or (422 if form.is_bound else 200)
    name = "_draft_saved" if is_fragment(request) else "spend_form"
    return render(request, f"decisions/{name}.html", context, status=status)


def _unbound(
    request: TenantRequest, row: SpendRequest | None, source: SpendRequest | None = None
) -> SpendRequestForm:
    initial = _initial(request, row)
    if source is not None:  # what it was, asked for anew: not when, and no version to compare with
        again = {k: v for k, v in initial_of(source).items() if k not in ("version", "needed_by")}
        initial |= again
    return SpendRequestForm(initial=initial, **_choices(request))


def _asked_before(request: TenantRequest) -> SpendRequest | None:
    """The request that `?from=` names, to be asked again; raises NotFound for what is none."""
    named = request.GET.get("from", "")
    if not named:
        return None
    try:
        return request_at(UUID(named), request)
    except ValueError:
        raise NotFound from None


def _initial(request: TenantRequest, row: SpendRequest | None) -> dict[str, Any]:
    """What the form starts with; each opened form has a name of its own."""
    fresh = {"currency": request.tenant.currency, "kind": "software"}
    found = initial_of(row) if row is not None else fresh
    return found | {"saved_from": str(uuid7())}


def _choices(request: TenantRequest) -> dict[str, Any]:
    lines = Budget.objects.open_on(request.tenant.today).filter(currency=request.tenant.currency)
    return {
        "budgets": lines,
        "initiatives": [
            (str(pk), title)
            for pk, title in Initiative.objects.exclude(status="done").values_list("pk", "title")
        ],
    }


def _new_place(request: TenantRequest) -> Place:
    """Where a new request goes: the draft of the key that came along, else a new one."""
    signer = signing.Signer(salt=f"{_KEY}:{request.member.pk}")
    key = request.POST.get("draft", "")
    try:
        pk = UUID(signer.unsign(key))
    except (signing.BadSignature, ValueError):
        pk = uuid7()
        return Place(None, pk, signer.sign(str(pk)))
    rows = SpendRequest.objects.seen_by(request.member.pk).with_people().with_steps()
    return Place(rows.filter(pk=pk).first(), pk, key)


def _editing(request: TenantRequest, row: SpendRequest) -> str:
    return reverse("spend_update", args=[request.tenant.slug, row.pk])
