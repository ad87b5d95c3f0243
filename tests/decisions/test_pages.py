"""Spend's pages: the queue, one request with all that is needed to decide, its form, its acts."""

import datetime as dt
import html
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from decisions.forms import plain_digits
from decisions.models import SpendEvent, SpendRequest
from decisions.pages import cost_years
from decisions.services.decide import request_bypass
from decisions.views import requests
from tenants.isolation import tenant
from tenants.models import Notification
from tenants.notifications.mails import action_signature
from tests.decisions.builders import D, approved, board_of, draft, line, sent
from tests.factories import Company

SignIn = Callable[[Any], Client]
FORM = {
    "title": "Fleet telemetry gateway",
    "vendor": "Halyard Networks",
    "kind": "software",
    "purpose": "One supported connection.",
    "one_off_amount": "9,000",
    "recurring_amount": "2 458.00",
    "recurring_interval": "month",
    "term_months": "12",
    "options_amount": "",
    "currency": "USD",
    "criteria_roi_score": "4",
    "criteria_roi_note": "Pays back in 11 months",
}


def at(company: Company, row: SpendRequest | None = None, act: str = "") -> str:
    base = f"/t/{company.slug}/spend/"
    return base + (f"{row.pk}/" if row else "") + (f"{act}/" if act else "")


def made(company: Company, build: Callable[..., SpendRequest], *args: Any, **kw: Any) -> Any:
    with tenant(company.id):
        return build(company, *args, **kw)


def now(company: Company, row: SpendRequest) -> SpendRequest:
    with tenant(company.id):
        found: SpendRequest = SpendRequest.objects.get(pk=row.pk)
        return found


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("38,500", "38500"),
        ("38 500.00", "38500.00"),
        ("1,234,567.89", "1234567.89"),
        ("1,5", "1,5"),
        ("1.250,00", "1.250,00"),
        (",500", ",500"),
        ("12,34", "12,34"),
    ],
)
def test_separators_of_thousands_are_read_and_nothing_is_guessed(typed: str, read: str) -> None:
    assert plain_digits(typed) == read


@pytest.mark.parametrize(
    ("term", "interval", "totals"),
    [
        (None, "month", ["12900"]),
        (12, "month", ["12900"]),
        (13, "month", ["12900", "1000"]),
        (13, "quarter", ["4900", "1000"]),
        (36, "year", ["1900", "1000", "1000"]),
        (72, "year", ["1900", "1000", "1000", "3000"]),
    ],
)
def test_costs_by_year_add_up_to_the_commitment(
    term: int | None, interval: str, totals: list[str]
) -> None:
    from decisions.commitment import commitment_of

    request = SpendRequest(
        one_off_amount=D(500),
        recurring_amount=D(1000),
        options_amount=D(400),
        recurring_interval=interval,
        term_months=term,
    )
    years = cost_years(request)
    assert [year.total for year in years] == [D(total) for total in totals]
    assert sum((year.total for year in years), D(0)) == commitment_of(request)


def test_request_is_written_sent_and_approved_on_its_pages(
    company: Company, sign_in: SignIn
) -> None:
    asks, cto, cfo = (sign_in(who) for who in (company.team, company.cto, company.finance))
    answer = asks.post(at(company, act="new"), FORM | {"then": "submit"})
    assert answer.status_code == 303
    with tenant(company.id):
        row = SpendRequest.objects.get()
    assert (row.status, row.commitment_amount, row.tier) == ("submitted", Decimal(38496), 2)
    assert row.criteria == {"roi": {"score": 4, "note": "Pays back in 11 months"}}

    page = cto.get(at(company, row)).content.decode()
    assert "Approve $38,496" in page
    assert "Approve $38,496" not in cfo.get(at(company, row)).content.decode()  # not yet
    assert row.title in cto.get(at(company)).content.decode()  # it waits for the CTO
    assert cto.post(at(company, row, "approve"), {"reason": "Go"}).status_code == 303
    assert cfo.post(at(company, row, "approve"), {}).status_code == 303
    assert now(company, row).status == "approved"
    page = asks.get(at(company, row)).content.decode()
    assert "Mark as ordered" in page
    assert "“Go”" in page


def test_draft_is_seen_by_who_writes_it_alone_and_says_who_would_decide(
    company: Company, sign_in: SignIn
) -> None:
    row = made(company, draft, "60000")
    assert sign_in(company.cto).get(at(company, row)).status_code == 404
    page = sign_in(company.team).get(at(company, row)).content.decode()
    assert "Sent now, it would go to:" in page
    assert company.board.name in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"one_off_amount": "1,5"}, "Give an amount in digits"),
        ({"one_off_amount": "-3"}, "cannot be below zero"),
        ({"one_off_amount": "1.005"}, "USD has 2 decimals"),
        ({"currency": "XYZ"}, "There is no currency"),
        ({"term_months": "0"}, "Use 1 or more"),
        ({"criteria_security_note": "Fine"}, "Score what you argue"),
        ({"title": ""}, "Fill this in"),
    ],
)
def test_form_that_breaks_a_rule_says_so_and_keeps_what_was_typed(
    company: Company, sign_in: SignIn, changed: dict[str, str], words: str
) -> None:
    answer = sign_in(company.team).post(at(company, act="new"), FORM | changed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "Halyard Networks" in page
    with tenant(company.id):
        assert not SpendRequest.objects.exists()


def test_request_without_a_rate_is_kept_as_a_draft_and_says_what_is_missing(
    company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.team)
    answer = client.post(at(company, act="new"), FORM | {"currency": "EUR", "then": "submit"})
    assert answer.status_code == 303
    assert "saved as a draft and was not sent" in client.get(answer["Location"]).content.decode()
    with tenant(company.id):
        row = SpendRequest.objects.get()
    assert row.status == "draft"
    answer = client.post(at(company, row, "submit"), {})
    assert answer.status_code == 422
    assert "EUR" in answer.content.decode()


def test_rejecting_without_a_reason_is_refused_in_place(company: Company, sign_in: SignIn) -> None:
    row = made(company, sent)
    cto = sign_in(company.cto)
    answer = cto.post(at(company, row, "reject"), {"reason": ""})
    assert answer.status_code == 422
    assert "Say why: everyone on this request reads it." in answer.content.decode()
    assert now(company, row).status == "submitted"
    assert cto.post(at(company, row, "reject"), {"reason": "Too dear"}).status_code == 303
    assert now(company, row).status == "rejected"


def test_who_is_not_asked_is_refused_and_a_second_click_too(
    company: Company, sign_in: SignIn
) -> None:
    row = made(company, sent)
    assert sign_in(company.finance).post(at(company, row, "approve"), {}).status_code == 403
    assert sign_in(company.team).post(at(company, row, "approve"), {}).status_code == 403
    cto = sign_in(company.cto)
    assert cto.post(at(company, row, "approve"), {}).status_code == 303
    again = cto.post(at(company, row, "approve"), {})
    assert again.status_code == 409
    assert "there is nothing to decide" in again.content.decode()
    assert row.title in again.content.decode()


def test_board_votes_on_its_own_form_and_sees_the_quorum(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        members = board_of(company, 3)
        row = sent(company, "60000")
    for who in (company.cto, company.finance):
        assert sign_in(who).post(at(company, row, "approve"), {}).status_code == 303
    client = sign_in(members[0])
    page = client.get(at(company, row)).content.decode()
    assert "Your vote on $60,000" in page
    assert "0 for it, 2 of 3 needed" in page
    assert client.post(at(company, row, "vote"), {"vote": "for"}).status_code == 303
    against = sign_in(members[1])
    refused = against.post(at(company, row, "vote"), {"vote": "against"})
    assert refused.status_code == 422
    assert "Say why" in refused.content.decode()
    assert against.post(at(company, row, "vote"), {"vote": "recused"}).status_code == 303
    board = client.get(at(company, row, "board")).content.decode()
    for heading in ("Profit", "Risk", "Competitive advantage"):
        assert heading in board
    sign_in(members[2]).post(at(company, row, "vote"), {"vote": "for"})
    assert now(company, row).status == "approved"


def test_budget_effect_counts_what_is_approved_this_one_and_what_waits(
    company: Company, sign_in: SignIn
) -> None:
    with tenant(company.id):
        budget = line(company, "100000")
        approved(company, "4000", budget_line=budget)
        sent(company, "7000", budget_line=budget, vendor="Other", requester=company.executive)
        row = sent(company, "5000", budget_line=budget, vendor="Ours", requester=company.admin)
    page = sign_in(company.cto).get(at(company, row)).content.decode()
    for text in ("$4,000", "$5,000", "$7,000", "$84,000"):
        assert f"<dd>{text}</dd>" in page


def test_bought_paid_and_closed_on_the_page(company: Company, sign_in: SignIn) -> None:
    row = made(company, approved, "5000")
    asks, cfo = sign_in(company.team), sign_in(company.finance)
    assert asks.post(at(company, row, "order"), {"reference": "PO-7"}).status_code == 303
    paid = {"reference": "R-1", "amount": "4,500", "invoiced_on": str(company.tenant.today)}
    assert cfo.post(at(company, row, "invoice"), paid).status_code == 303
    assert cfo.post(at(company, row, "invoice"), paid).status_code == 422  # recorded before
    assert asks.post(at(company, row, "close"), {}).status_code == 303
    assert (now(company, row).status, now(company, row).paid_amount) == ("closed", D(4500))
    page = " ".join(asks.get(at(company, row)).content.decode().split())
    for text in ("ordered it, PO-7", "invoice R-1, $4,500", "closed it, $500 released"):
        assert text in page
    assert "<dd>−$500</dd>" in page  # paid against approved


def test_amending_asks_for_a_reason_and_restarts_a_material_change(
    company: Company, sign_in: SignIn
) -> None:
    row = made(company, approved, "5000", vendor="Halyard Networks")
    client = sign_in(company.team)
    changed = FORM | {"recurring_amount": "", "term_months": "", "one_off_amount": "8000"}
    assert client.post(at(company, row, "amend"), changed).status_code == 422
    same = {
        **{name: FORM[name] for name in ("vendor", "recurring_interval", "currency")},
        **{"title": "Telemetry gateway", "kind": "other", "one_off_amount": "5,000.00"},
    }
    unchanged = client.post(at(company, row, "amend"), same | {"reason": "Two more sites"})
    assert "Nothing is changed yet." in unchanged.content.decode()
    assert now(company, row).status == "approved"
    answer = client.post(at(company, row, "amend"), changed | {"reason": "Two more sites"})
    assert answer.status_code == 303
    assert now(company, row).status == "submitted"
    page = client.get(at(company, row)).content.decode()
    for words in ("made a material change", "Round 2: it changed", ">A material change: everybody"):
        assert words in page  # the last in no quotes: nobody said it


def test_emergency_is_marked_until_it_is_ratified(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        row = sent(company, "20000")
        request_bypass(request=row, actor=company.executive, reason="Outage at all sites")
    cfo = sign_in(company.finance)
    page = cfo.get(at(company, row)).content.decode()
    assert "Approved in an emergency, not ratified." in page
    assert "Outage at all sites" in page
    assert cfo.post(at(company, row, "ratify"), {}).status_code == 303
    assert "not ratified" not in cfo.get(at(company, row)).content.decode()


def test_file_that_lies_about_its_type_is_refused_and_a_quote_is_kept(
    company: Company, sign_in: SignIn
) -> None:
    row = made(company, draft)
    client = sign_in(company.team)
    lie = SimpleUploadedFile("quote.pdf", b"MZ\x90\x00 not a pdf at all", "application/pdf")
    assert client.post(at(company, row, "attach"), {"file": lie}).status_code == 422
    quote = SimpleUploadedFile("offer.txt", b"One gateway, 9,000 dollars.", "text/plain")
    assert client.post(at(company, row, "attach"), {"file": quote}).status_code == 303
    assert "offer.txt" in client.get(at(company, row)).content.decode()


def test_history_downloads_as_csv_that_no_spreadsheet_runs(
    company: Company, sign_in: SignIn
) -> None:
    row = made(company, sent)
    client = sign_in(company.cto)
    client.post(at(company, row, "comment"), {"body": "=cmd|' /C calc'!A0"})
    text = client.get(at(company, row, "trail")).content.decode()
    assert "'=cmd|" in text
    assert text.splitlines()[1].split(",")[3] == "created"


def typed(client: Client, path: str, form: dict[str, Any]) -> Any:
    """What a form that saves itself sends, and its answer."""
    return client.post(path, form, headers={"HX-Request": "true"})


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def test_draft_is_stored_as_it_is_typed_and_is_one_however_often_it_is_sent(
    company: Company, sign_in: SignIn
) -> None:
    client, path = sign_in(company.team), at(company, act="new")
    page = client.get(path).content.decode()
    own = {name: hidden(page, name) for name in ("draft", "saved_from")}
    answer = typed(client, path, own | {"title": "Gateway", "currency": "USD"})
    assert (answer.status_code, answer.headers.get("HX-Replace-Url")) == (200, None)
    assert "once it says what is bought and from whom" in answer.content.decode()
    half = FORM | own | {"one_off_amount": "9,0", "options_amount": "1.005"}
    answer = typed(client, path, half)
    words = html.unescape(answer.content.decode())
    assert "but not yet:" in words
    assert "Once: Give an amount in digits" in words
    assert "Options we may take: USD has 2 decimals" in words
    with tenant(company.id):
        row = SpendRequest.objects.get()
    assert answer["HX-Replace-Url"] == at(company, row, "edit")
    assert (row.vendor, row.one_off_amount, row.recurring_amount) == ("Halyard Networks", 0, 2458)
    cleared = typed(client, path, FORM | own | {"vendor": "", "term_months": "0"})
    assert "Vendor: Fill this in." in html.unescape(cleared.content.decode())
    assert now(company, row).vendor == "Halyard Networks"
    argued = FORM | own | {"criteria_roi_score": "", "criteria_security_score": "2"}
    assert "Score what you argue" in typed(client, path, argued).content.decode()
    assert now(company, row).criteria == {
        "roi": {"score": 4, "note": "Pays back in 11 months"},
        "security": {"score": 2, "note": ""},
    }
    assert 'value="9,000.00"' in client.get(at(company, row, "edit")).content.decode()
    whole = FORM | own | {"version": row.version}
    words = typed(client, path, whole).content.decode()
    assert "Draft saved at" in words
    assert "$38,496" in words
    assert "Tier 2" in words
    for _ in range(2):
        assert client.post(path, whole).status_code == 303
    row = now(company, row)
    assert (row.status, row.one_off_amount) == ("draft", 9000)
    with tenant(company.id):
        assert SpendRequest.objects.count() == 1
        assert list(SpendEvent.objects.values_list("verb", flat=True)) == ["created"]


def test_two_windows_on_one_draft_are_told_and_nothing_is_lost(
    company: Company, sign_in: SignIn
) -> None:
    row = made(company, draft, vendor="Halyard Networks")
    client, path = sign_in(company.team), at(company, row, "edit")
    first, second = ({"saved_from": name, "version": "0"} for name in ("one", "two"))
    assert typed(client, path, FORM | first).status_code == 200
    assert typed(client, path, FORM | first | {"title": "Once more"}).status_code == 200
    for send in (typed, Client.post):
        answer = send(client, path, FORM | second | {"title": "Theirs"})
        assert answer.status_code == 409
        assert "was changed in another window" in answer.content.decode()
    assert now(company, row).title == "Once more"
    over = FORM | second | {"title": "Theirs", "then": "overwrite"}
    assert client.post(path, over).status_code == 303
    assert now(company, row).title == "Theirs"
    assert client.post(at(company, row, "submit"), {}).status_code == 303
    late = typed(client, path, FORM | second)
    assert late.status_code == 409
    assert "is waiting for approval by now" in late.content.decode()
    assert typed(sign_in(company.cto), path, FORM).status_code == 403


def test_change_of_what_was_sent_is_refused_where_another_came_first(
    company: Company, sign_in: SignIn
) -> None:
    row = made(company, sent, vendor="Halyard Networks")
    client, path = sign_in(company.team), at(company, row, "amend")
    change = FORM | {"version": "0", "reason": "One more site"}
    assert client.post(path, change).status_code == 303
    assert client.post(path, change).status_code == 409


def test_answer_chosen_in_a_mail_is_asked_again_and_too_late_is_said(
    company: Company, sign_in: SignIn
) -> None:
    row = made(company, sent)
    with tenant(company.id):
        note = Notification.objects.get(kind="spend.asked", member=company.cto)
    assert [label for label, _ in note.actions] == [
        "Approve $5,000", "Ask for changes", "Reject",
    ]  # fmt: skip
    client = sign_in(company.cto)
    for place, (path, words) in enumerate(
        (("approve", "Approve $5,000?"), ("request-changes", "Ask for changes?"),
         ("reject", "Reject?"))
    ):  # fmt: skip
        signed = f"?action={place}&s={action_signature(note.pk, place)}"
        opened = client.get(f"/t/{company.slug}/notifications/{note.pk}/{signed}")
        page = client.get(opened["Location"]).content.decode()
        assert words in page
        assert f'id="say" action="{at(company, row, path)}"' in page
    assert now(company, row).status == "submitted"
    client.post(at(company, row, "approve"), {})
    page = client.get(opened["Location"]).content.decode()
    assert "there is nothing to decide" in page
    assert "The link from the mail changed nothing." in page
    assert "Reject?" not in page


def queries_of(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("show", ["waiting", "open", "all"])
def test_list_reads_in_a_fixed_number_of_queries(
    company: Company, sign_in: SignIn, show: str
) -> None:
    client = sign_in(company.cto)
    made(company, sent)
    one = queries_of(client, f"{at(company)}?show={show}")
    made(company, sent, vendor="Second")
    made(company, sent, vendor="Third")
    assert queries_of(client, f"{at(company)}?show={show}") == one


def test_list_finds_by_number_title_vendor_and_person_and_goes_on_by_pages(
    company: Company, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "SHOWN", 2)
    rows = [
        made(company, sent, title=f"Gateway {n}", vendor=f"Acme {i % 2}x")
        for i, n in enumerate("ABCDE")
    ]
    client = sign_in(company.team)

    def titles(query: str) -> list[str]:
        page = client.get(f"{at(company)}{query}").content.decode()
        links.update({rel: to for to, rel in re.findall(r'href="(\?[^"]+)" rel="(\w+)"', page)})
        return re.findall(r"<a [^>]+>(Gateway \w)</a>", page)

    links: dict[str, str] = {}
    seen = titles("?show=all")
    for _ in range(2):
        seen += titles(links["next"].replace("&amp;", "&"))
    assert seen == [f"Gateway {n}" for n in "EDCBA"]
    assert titles(links["prev"].replace("&amp;", "&")) == ["Gateway C", "Gateway B"]
    assert titles(f"?show=open&q={rows[3].reference.lower()}") == ["Gateway D"]
    assert titles(f"?show=open&q={rows[1].number}") == ["Gateway B"]
    assert titles("?show=open&q=acme 1") == ["Gateway D", "Gateway B"]
    assert titles(f"?show=open&q={rows[0].requester.name}") == ["Gateway E", "Gateway D"]
    assert titles("?show=all&q=nothing\0 so") == []
    page = client.get(f"{at(company)}?show=open&q=xyz").content.decode()
    assert "No request here matches." in page
    assert "?show=all&amp;q=xyz" in page


def test_queue_shows_the_soonest_due_and_says_that_there_are_others(
    company: Company, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "SHOWN", 2)
    now = timezone.now()
    for days in (3, 9, 6):  # working days apart, so due apart
        with time_machine.travel(now - dt.timedelta(days=days), tick=False):
            made(company, sent, title=f"Sent {days} days ago", vendor=f"Vendor {days}")
    page = sign_in(company.cto).get(at(company)).content.decode()
    assert re.findall(r">(Sent \d) days ago</a>", page) == ["Sent 9", "Sent 6"]
    assert "The 2 soonest due are shown" in page
