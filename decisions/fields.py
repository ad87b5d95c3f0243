"""Money in the API: a decimal string out, digits in, never a float's noise."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from decisions import money

AMOUNT = {"type": "string", "pattern": r"^-?\d{1,18}(\.\d{1,4})?$", "example": "38500.00"}
AMOUNT_IN = {
    "anyOf": [
        {"type": "string", "pattern": r"^\d{1,12}(\.\d{1,4})?$", "example": "38500.00"},
        {"type": "number", "minimum": 0, "maximum": 999999999999},
    ]
}
NULLABLE_AMOUNT = {**AMOUNT, "type": ["string", "null"]}


class MoneyField(serializers.Field):
    """An amount with as many decimals as its currency has; `currency` names the row's field.

    Comes in as a decimal string (or a JSON number): no exponents, no separators, no blanks inside.
    Sign, size and decimals are the services' to judge, who know the currency.
    """

    default_error_messages = {
        "invalid": "Give an amount in digits, such as 1250.00.",
        "places": "No currency has more than 4 decimals.",
        "large": "This amount is beyond anything a company spends. Check the zeros.",
    }

    def __init__(self, *, currency: str = "currency", **kwargs: Any) -> None:
        self.currency_field = currency
        super().__init__(**kwargs)

    def get_attribute(self, instance: Any) -> Any:
        value = super().get_attribute(instance)
        if value is None:
            return None
        return value, getattr(instance, self.currency_field) or instance.tenant.currency

    def to_representation(self, value: Any) -> str:
        amount, currency = value
        return money.plain(amount, currency)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | Decimal | str):
            self.fail("invalid")
        amount = money.parse_amount(str(data).strip())
        if amount is None:
            self.fail("invalid")
        assert amount is not None  # noqa: S101  fail raises
        if abs(amount) >= money.MOST:
            self.fail("large")
        exponent = amount.normalize().as_tuple().exponent
        if isinstance(exponent, int) and exponent < -4:
            self.fail("places")
        return amount


@extend_schema_field(AMOUNT)
class MoneyOut(MoneyField):
    """An amount that is only read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)


@extend_schema_field(NULLABLE_AMOUNT)
class NullableMoneyOut(MoneyField):
    """An amount that is only read, null while it is not known."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)


@extend_schema_field(AMOUNT_IN)
class MoneyIn(MoneyField):
    """An amount that is written."""
