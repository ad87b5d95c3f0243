"""No field says Django's own words: each refusal says how to fix it."""

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db import models
from rest_framework import fields, relations, serializers

from tenants.errors import Invalid
from tenants.models import Tenant
from tenants.services import validate
from tests.stock_words import STOCK


def _said(*modules: ModuleType) -> Iterator[tuple[str, str]]:
    """Each message that a field of these modules would say, with its place."""
    for module in modules:
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if name == "NullBooleanField":  # Django keeps its name for old migrations alone
                continue
            for code, words in getattr(kind, "default_error_messages", {}).items():
                yield f"{name}.{code}", str(_plain(words))


def _plain(words: Any) -> Any:
    """The words, also of those that have a plural and wait for a number."""
    try:
        return str(words)
    except KeyError:
        return words % dict.fromkeys(("max", "length", "limit_value", "show_value"), 2)


@pytest.mark.parametrize(
    "modules", [(fields, relations, serializers), (forms,), (models,)], ids=["api", "forms", "rows"]
)
def test_no_kind_of_field_speaks_stock_words(modules: tuple[ModuleType, ...]) -> None:
    said = dict(_said(*modules))
    assert len(said) > 20
    assert {place: words for place, words in said.items() if STOCK.search(words)} == {}


def test_array_names_the_entry_that_is_wrong() -> None:
    field = ArrayField(models.CharField(choices=[("a", "A")]))
    with pytest.raises(forms.ValidationError, match="Entry 2: Choose one from the list"):
        field.clean(["a", "x"], None)


def test_row_with_a_word_that_is_no_choice_is_told_the_choices() -> None:
    company = Tenant(name="North", slug="north", time_zone="UTC", currency="USD", week_start="soon")
    with pytest.raises(Invalid) as refused:
        validate(company)
    assert refused.value.errors["week_start"].startswith("Use one of: ")
