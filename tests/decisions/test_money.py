"""Amounts: decimals, sizes, rounding, and which spellings are one vendor."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decisions import money
from decisions.commitment import total_commitment
from decisions.vendors import vendor_key
from tenants.currencies import decimals_of

D = Decimal
CURRENCIES = {"USD": 2, "EUR": 2, "JPY": 0, "KRW": 0, "KWD": 3, "TND": 3, "ISK": 0}


@pytest.mark.parametrize(("currency", "places"), CURRENCIES.items())
def test_decimals_are_those_of_the_currency(currency: str, places: int) -> None:
    assert decimals_of(currency) == places
    unit = D(1).scaleb(-places)
    assert money.amount_problem(unit, currency) == ""
    assert money.amount_problem(unit / 10, currency) != ""
    assert money.plain(D(1), currency) == f"{D(1):.{places}f}"


@pytest.mark.parametrize("code", ["", "usd", "XXX", "DEM", "BTC", "US", "ÜSD"])
def test_unknown_currency_is_refused(code: str) -> None:
    assert "three-letter" in money.currency_problem(code)


@pytest.mark.parametrize("text", ["1e3", "+-1", "1,0", " 1", "0x1", "٣", "1_000", ".5", "", "NaN"])
def test_only_digits_are_an_amount(text: str) -> None:
    assert money.parse_amount(text) is None


@given(st.decimals(min_value=0, max_value=10**9, places=6), st.sampled_from(sorted(CURRENCIES)))
def test_rounding_is_half_up_to_the_minor_unit(amount: Decimal, currency: str) -> None:
    found, unit = money.rounded(amount, currency), money.minor_unit(currency)
    assert found % unit == 0
    assert -unit / 2 < amount - found <= unit / 2 or found - amount == unit / 2
    assert abs(amount - found) <= unit / 2
    if (amount / unit) % 1 == D("0.5"):
        assert found > amount


@pytest.mark.parametrize(
    ("facts", "total"),
    [
        ((100, 0, "month", None, 0), 100),
        ((0, 10, "month", None, 0), 120),
        ((0, 10, "month", 1, 0), 10),
        ((0, 10, "quarter", 12, 0), 40),
        ((0, 10, "quarter", 13, 0), 50),
        ((0, 10, "year", None, 0), 10),
        ((0, 10, "year", 36, 0), 30),
        ((0, 10, "year", 6, 0), 10),
        ((9000, 2458.33, "month", 12, 0.04), 38500),
    ],
)
def test_total_commitment(facts: tuple[float, float, str, int | None, float], total: int) -> None:
    one_off, recurring, interval, term, options = facts
    assert total_commitment(
        one_off=D(str(one_off)),
        recurring=D(str(recurring)),
        interval=interval,
        term_months=term,
        options=D(str(options)),
    ) == D(total)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Acme, Inc.", "ACME", True),
        ("Acme GmbH & Co. KG", "acme gmbh and co kg", True),
        ("Société Générale S.A.", "Societe Generale", True),
        ("Ａｃｍｅ", "acme", True),
        ("Acme", "Acme Robotics", False),
        ("Limited", "Limited", True),
        ("株式会社", "株式会社", True),
        ("!!!", "???", False),
        ("\0", "", True),
    ],
)
def test_vendor_spellings(one: str, other: str, same: bool) -> None:
    assert (vendor_key(one) == vendor_key(other)) is same


def test_key_of_the_longest_name_fits_its_column() -> None:
    assert len(vendor_key("\ufdfa " * 160)) == 480
