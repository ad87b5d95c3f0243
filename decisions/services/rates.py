"""Exchange rates: entered, or imported from a CSV file."""

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

from django.db import transaction

from decisions import money, policies
from decisions.models import ExchangeRate
from decisions.rate_doubts import IMPLAUSIBLE, Known, doubt
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, TooLarge
from tenants.models import Member, Tenant

MOST_BYTES, MOST_ROWS = 1_000_000, 10_000
COLUMNS = ("currency", "on", "rate")
Parsed = tuple[int, str, dt.date, Decimal]  # the line and its values


@transaction.atomic
def rate_record(
    *,
    actor: Actor,
    currency: str,
    on: dt.date,
    rate: Decimal,
    source: str = "",
    confirm: bool = False,
) -> ExchangeRate:
    """One unit of `currency` in the company's own, on a date; a second one of the date replaces it.

    A rate that can hardly be right, going by the last one, is Invalid with the code
    `rate_implausible` until `confirm` says that it is. Requests that were submitted keep the rate
    that they froze. Raises Denied, Invalid.
    """
    policies.check_can_record_rate(actor=actor)
    company = Tenant.objects.get()
    if errors := _errors(company, currency, on, rate):
        raise Invalid(errors)
    stands = ExchangeRate.objects.filter(currency=currency, on=on, rate=rate).first()
    if stands is not None:
        return stands
    last = None if confirm else Known({currency}).last(currency, on)
    if why := doubt(currency, company.currency, rate, last):
        raise Invalid({"rate": why}, codes={"rate": IMPLAUSIBLE})
    return _put(company, actor, currency=currency, on=on, rate=rate, source=source.strip()[:60])


def _put(
    company: Tenant, actor: Actor, *, currency: str, on: dt.date, rate: Decimal, source: str
) -> ExchangeRate:
    found, is_new = ExchangeRate.objects.get_or_create(
        tenant_id=company.pk,
        currency=currency,
        on=on,
        defaults={
            "rate": rate,
            "source": source,
            "recorded_by": actor if isinstance(actor, Member) else None,
        },
    )
    if not is_new and found.rate == rate:
        return found
    before = None if is_new else found.rate
    found.rate, found.source = rate, source
    found.save()
    audit.record(
        actor=actor,
        verb="exchange_rate.recorded",
        target=found,
        changes={"rate": [before, rate], "currency": currency, "on": on},
    )
    return found


@transaction.atomic
def rates_import(*, actor: Actor, content: bytes, confirm: bool = False) -> dict[str, Any]:
    """Rates from a CSV file with the columns currency, on, rate: all of them, or none.

    Each is measured by the last before it, in the file or known; `confirm` says that those which
    can hardly be right are. Answers how many were recorded. Raises Denied; TooLarge; Invalid naming
    each wrong row, with the code `rate_implausible` where `confirm` would take it.
    """
    policies.check_can_record_rate(actor=actor)
    company = Tenant.objects.get()
    rows = _rows(content)
    errors: dict[str, str] = {}
    parsed: list[Parsed] = []
    for line, row in rows:
        values, problem = _parsed(company, row)
        if problem:
            errors[f"file.{line}"] = f"Line {line}: {problem}"
        else:
            parsed.append((line, *values))
    doubts = {} if confirm else _doubts(company, parsed)
    if errors or doubts:
        shown = dict(list((errors | doubts).items())[:50])
        raise Invalid(shown, codes=dict.fromkeys(shown.keys() & doubts.keys(), IMPLAUSIBLE))
    for _line, currency, on, rate in parsed:
        _put(company, actor, currency=currency, on=on, rate=rate, source="CSV")
    return {"recorded": len(parsed)}


def _doubts(company: Tenant, parsed: list[Parsed]) -> dict[str, str]:
    """The rows that can hardly be right; what is doubted is no measure for the next."""
    known = Known({currency for _line, currency, _on, _rate in parsed})
    found = {}
    for line, currency, on, rate in sorted(parsed, key=lambda row: row[2]):
        if why := doubt(currency, company.currency, rate, known.last(currency, on)):
            found[line] = why
        else:
            known.add(currency, on, rate)
    return {f"file.{line}": f"Line {line}: {found[line]}" for line in sorted(found)}


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(content) > MOST_BYTES:
        raise TooLarge("The file is over 1 MB. Split it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid({"file": "The file is not UTF-8. Save it as CSV UTF-8."}) from error
    if "\0" in text:
        raise Invalid({"file": "The file holds NUL characters: it is no CSV."})
    try:
        reader = csv.DictReader(io.StringIO(text), strict=True)
        names = [(name or "").strip().lower() for name in reader.fieldnames or []]
        if not set(COLUMNS) <= set(names):
            raise Invalid({"file": "The first line must name the columns currency, on, rate."})
        reader.fieldnames = names
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise Invalid({"file": f"The file is no CSV: {error}."}) from error
    if not 1 <= len(rows) <= MOST_ROWS:
        raise Invalid({"file": f"Give 1 to {MOST_ROWS:,} rates."})
    return rows


def _parsed(company: Tenant, row: dict[str, str]) -> tuple[tuple[str, dt.date, Decimal], str]:
    """The values of a row, and what is wrong with them."""
    currency = (row.get("currency") or "").strip().upper()
    rate = money.parse_amount((row.get("rate") or "").strip()) or Decimal(0)
    nothing = (currency, company.today, rate)
    try:
        on = dt.date.fromisoformat((row.get("on") or "").strip())
    except ValueError:
        return nothing, "Use a date such as 2026-10-05."
    errors = _errors(company, currency, on, rate)
    return (currency, on, rate), next(iter(errors.values()), "")


def _errors(company: Tenant, currency: str, on: dt.date, rate: Decimal) -> dict[str, str]:
    errors: dict[str, str] = {}
    if problem := money.currency_problem(currency):
        errors["currency"] = problem
    elif currency == company.currency:
        errors["currency"] = f"{currency} is the company's own currency: it needs no rate."
    if on > company.today:
        errors["on"] = "Choose a date that has come: a rate is never guessed."
    elif on.year < 2000:
        errors["on"] = "Choose a date from 2000 on."
    if not rate.is_finite() or not Decimal("0.0000000001") <= rate < 10**9:
        errors["rate"] = f"Say how much 1 unit is worth in {company.currency}, such as 1.0842."
    elif rate != rate.quantize(Decimal("0.0000000001")):
        errors["rate"] = "Give 10 decimals at most."
    return errors
