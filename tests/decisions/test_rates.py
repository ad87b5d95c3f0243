"""Rates that can hardly be right are asked about, in either direction, before one is used."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from decisions.models import ExchangeRate, SpendRequest
from decisions.rate_doubts import doubt
from decisions.services.rates import rate_record, rates_import
from tenants.errors import Invalid
from tenants.isolation import tenant
from tests.api_client import BASE, ApiClient
from tests.decisions.builders import D, sent
from tests.factories import Company

DAY = dt.date(2026, 10, 14)
Api = Callable[[Any], ApiClient]


@pytest.mark.parametrize(
    ("last", "rate", "is_asked"),
    [
        ("1.08", "8.63", False),
        ("1.08", "8.64", True),  # eight times
        ("1.08", "0.1351", False),
        ("1.08", "0.1350", True),  # an eighth
        ("1.0842", "0.9223", True),  # its inverse
        ("1.0842", "0.9600", False),  # fell by a tenth
        ("1.02", "0.98", False),  # its inverse, and too near to tell
        ("0.0067", "149.25", True),
        ("0.0067", "0.0071", False),
        ("1", "1", False),
        ("0.0000000001", "999999999", True),
    ],
)
def test_rate_is_asked_about(last: str, rate: str, is_asked: bool) -> None:
    assert bool(doubt("EUR", "USD", D(rate), (DAY, D(last)))) == is_asked


def test_doubt_says_the_last_rate_and_both_readings() -> None:
    assert doubt("EUR", "USD", D("0.9223"), (DAY, D("1.0842"))) == (
        "On 14 Oct 2026 1 EUR was 1.0842 USD; this looks like the rate of the other direction. "
        "As written, 1 EUR is 0.9223 USD; if 1 USD is 0.9223 EUR, then 1 EUR is 1.08425 USD."
    )
    assert "this one is 10 times less." in doubt("EUR", "USD", D("0.108"), (DAY, D("1.08")))


def record(company: Company, rate: str, on: dt.date = DAY, **facts: Any) -> ExchangeRate:
    return rate_record(actor=company.finance, currency="EUR", on=on, rate=D(rate), **facts)


def test_rate_is_measured_by_the_last_before_it_and_what_was_frozen_stays(inside: Company) -> None:
    record(inside, "1.08", on=dt.date(2026, 10, 12))
    request = sent(inside, "100", currency="EUR")
    for day in (DAY, dt.date(2026, 10, 12), dt.date(2026, 9, 1)):  # after, the same, before
        with pytest.raises(Invalid) as refused:
            record(inside, "10.8", on=day)
        assert refused.value.codes == {"rate": "rate_implausible"}
    assert ExchangeRate.objects.count() == 1
    record(inside, "10.8", confirm=True)
    record(inside, "10.8")  # it stands: nothing to ask
    record(inside, "10.9", on=dt.date(2026, 10, 15))
    assert SpendRequest.objects.get(pk=request.pk).rate == D("1.08")


def test_rate_over_the_api_is_taken_once_confirmed(company: Company, api: Api) -> None:
    finance = api(company.finance)
    body = {"currency": "EUR", "on": "2026-10-12", "rate": "1.08"}
    assert finance.post("/exchange-rates/", body).status_code == 201
    wrong = body | {"on": "2026-10-13", "rate": "0.108"}
    refused = finance.post("/exchange-rates/", wrong)
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["field"], error["code"]) == ("rate", "rate_implausible")
    taken = finance.post("/exchange-rates/", wrong | {"confirm": True})
    assert taken.status_code == 201, taken.json()
    assert (taken.status_code, Decimal(taken.json()["rate"])) == (201, D("0.108"))
    assert "confirm" not in taken.json()


def test_file_measures_its_rows_by_those_before(inside: Company) -> None:
    text = (
        b"currency,on,rate\nEUR,2026-10-13,1.09\nEUR,2026-10-14,109\nEUR,2026-10-12,1.08\n"
        b"EUR,2026-10-15,1.1\n"
    )
    with pytest.raises(Invalid) as refused:
        rates_import(actor=inside.finance, content=text)
    assert refused.value.errors["file.3"].startswith("Line 3: On 13 Oct 2026 1 EUR was 1.09")
    assert refused.value.codes == {"file.3": "rate_implausible"}
    assert not ExchangeRate.objects.exists()
    assert rates_import(actor=inside.finance, content=text, confirm=True) == {"recorded": 4}


def test_pages_ask_and_a_tick_counts_for_what_it_stood_beside(
    company: Company, sign_in: Callable[[Any], Client], api: Api
) -> None:
    with tenant(company.id):
        record(company, "1.08", on=dt.date(2026, 10, 12))
    finance, page = sign_in(company.finance), f"/t/{company.slug}/spend/rates/"
    typed = {"currency": "eur", "on": "2026-10-13", "rate": "10.8"}
    asked = finance.post(page, typed)
    assert asked.status_code == 422
    assert "This rate is right" in asked.content.decode()
    assert 'value="EUR 10.8"' in asked.content.decode()
    other = finance.post(page, typed | {"rate": "108", "confirm": "EUR 10.8"})
    assert other.status_code == 422
    assert finance.post(page, typed | {"confirm": "EUR 10.8"}).status_code == 303
    rows = "currency,on,rate\r\nEUR,2026-10-14,1.08\r\n"
    upload = {"file": SimpleUploadedFile("rates.csv", rows.encode())}
    refused = finance.post(f"{page}import/", upload)
    assert refused.status_code == 422
    assert "These rates are right" in refused.content.decode()
    empty = finance.post(f"{page}import/", {"confirm": "1"})
    assert "Choose a file." in empty.content.decode()
    ticked = {"asked": rows, "confirm": "1"}
    assert finance.post(f"{page}import/", {"asked": rows}).status_code == 422
    assert finance.post(f"{page}import/", ticked).status_code == 303
    form = {"file": SimpleUploadedFile("rates.csv", b"currency,on,rate\nEUR,2026-10-15,108\n")}
    key = api(company.finance)
    where = f"{BASE}/exchange-rates/import/"
    assert key.client.post(where, form, headers=key.headers).status_code == 422
    form["file"].seek(0)
    answer = key.client.post(where, form | {"confirm": "true"}, headers=key.headers)
    assert (answer.status_code, answer.json()) == (200, {"recorded": 1})
