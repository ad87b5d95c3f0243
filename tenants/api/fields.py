"""Fields of the API's types: instants, dates, exact decimals, references inside the tenant."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.utils import html

from tenants.api.filters import read_boolean

_INSTANT = re.compile(
    r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$", re.ASCII
)
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)


class InstantField(serializers.DateTimeField):
    """An instant, RFC 3339: any offset comes in, UTC with `Z` goes out."""

    default_error_messages = {
        "invalid": "Use an instant with its offset, such as 2026-10-05T09:00:00Z.",
    }

    def to_internal_value(self, value: Any) -> dt.datetime:
        if isinstance(value, str) and not _INSTANT.match(value):
            self.fail("invalid", format="")
        return super().to_internal_value(value).astimezone(dt.UTC)

    def to_representation(self, value: Any) -> str:
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


class DayField(serializers.DateField):
    """A date, YYYY-MM-DD."""

    default_error_messages = {"invalid": "Use a date such as 2026-10-05."}

    def to_internal_value(self, value: Any) -> dt.date:
        if isinstance(value, str) and not _DATE.match(value):
            self.fail("invalid", format="")
        return super().to_internal_value(value)


class BooleanField(serializers.BooleanField):
    """`true` or `false` as JSON has them: neither 0 nor "yes", which are other types' values.

    A form (multipart) holds only texts: there it is those two words, or 1 and 0, as in a query.
    """

    def get_value(self, dictionary: Any) -> Any:
        value = super().get_value(dictionary)
        if not html.is_html_input(dictionary) or not isinstance(value, str):
            return value
        try:
            return read_boolean(value)
        except ValueError:
            return value

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class ChoiceField(serializers.ChoiceField):
    """One of the listed words; a refusal lists them."""

    def to_internal_value(self, value: Any) -> Any:
        try:
            return super().to_internal_value(value)
        except (serializers.ValidationError, TypeError) as error:  # TypeError: what has no hash
            words = ", ".join(str(choice) for choice in self.choices if choice != "")
            raise serializers.ValidationError(
                f"Use one of: {words}.", code="invalid_choice"
            ) from error


class TenantRelatedField(serializers.RelatedField):
    """A row of this tenant by its id; another tenant's answers exactly as one that never was.

    `rows` narrows what may be referred to and runs in the request, such as
    `TenantRelatedField(Member, rows=lambda: Member.objects.filter(status="active"))`.
    """

    pk_field = serializers.UUIDField()
    default_error_messages = {"none": "There is no such {noun}."}

    def __init__(
        self,
        model: type[models.Model],
        *,
        rows: Callable[[], QuerySet[Any]] | None = None,
        **kwargs: Any,
    ) -> None:
        self.model = model
        self.rows = rows
        super().__init__(**kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        return self.rows() if self.rows else self.model.objects.all()  # type: ignore[attr-defined]

    def use_pk_only_optimization(self) -> bool:
        return True

    def to_internal_value(self, data: Any) -> Any:
        """The row; the same error for a foreign id, an unknown one and one that is no id."""
        try:
            row = self.get_queryset().filter(pk=UUID(data)).first() if _is_text(data) else None
        except ValueError:
            row = None
        if row is None:
            self.fail("none", noun=self.model._meta.verbose_name)
        return row

    def to_representation(self, value: Any) -> str:
        return str(value.pk)


def _is_text(data: Any) -> bool:
    return isinstance(data, str)
