"""Filters of lists that refuse what they do not understand, instead of leaving it out."""

from typing import Any

from django import forms
from django_filters import rest_framework as filters

_WORDS = {"true": True, "1": True, "false": False, "0": False}
TRUE_OR_FALSE = "Use true or false."


def read_boolean(text: str) -> bool | None:
    """What a query says: None for nothing, True or False; raises ValueError for other words."""
    if not text:
        return None
    try:
        return _WORDS[text.lower()]
    except KeyError:
        raise ValueError(TRUE_OR_FALSE) from None


class _BooleanField(forms.Field):
    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:
        try:
            return read_boolean(str(value or ""))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class BooleanFilter(filters.BooleanFilter):
    """`true` or `false`; any other word is refused."""

    field_class = _BooleanField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"widget": forms.TextInput} | kwargs)
