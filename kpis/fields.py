"""Exact numbers: figures are never floats, and never rounded without a word."""

from typing import Any

from django.db import models

MAX_DIGITS = 38
DECIMAL_PLACES = 18


class ExactField(models.DecimalField):
    """An exact decimal of up to 20 digits before and 18 behind the point.

    The column is a bare `numeric`: a declared scale would pad each value with zeros.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = MAX_DIGITS, DECIMAL_PLACES
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def cast_db_type(self, connection: Any) -> str:
        return "numeric"
