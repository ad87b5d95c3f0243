"""What Django and the REST framework say where a value is out of its limits, in our words.

Every form and every serializer says it, so it is set once, on their own classes.
"""

from typing import Any

from django import forms
from django.core import validators
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from rest_framework import fields


def say_in_our_words() -> None:
    """Replace the messages of limits; harmless when repeated."""
    _of_forms()
    _of_the_api()


def _of_forms() -> None:
    _say(forms.Field, required=_("Fill this in."))
    _say(forms.ChoiceField, required=_("Choose one."))
    validators.MaxValueValidator.message = _("Use %(limit_value)s or less.")
    validators.MinValueValidator.message = _("Use %(limit_value)s or more.")
    validators.MinLengthValidator.message = ngettext_lazy(
        "Use %(limit_value)d character or more.",
        "Use %(limit_value)d characters or more.",
        "limit_value",
    )
    validators.MaxLengthValidator.message = ngettext_lazy(
        "Use up to %(limit_value)d character: there are %(show_value)d.",
        "Use up to %(limit_value)d characters: there are %(show_value)d.",
        "limit_value",
    )
    said: Any = validators.DecimalValidator.messages
    said["max_digits"] = ngettext_lazy(
        "Use up to %(max)s digit.", "Use up to %(max)s digits.", "max"
    )
    said["max_decimal_places"] = ngettext_lazy(
        "Use up to %(max)s decimal place.", "Use up to %(max)s decimal places.", "max"
    )
    said["max_whole_digits"] = ngettext_lazy(
        "Use up to %(max)s digit before the point.",
        "Use up to %(max)s digits before the point.",
        "max",
    )


def _of_the_api() -> None:
    for number in (fields.IntegerField, fields.FloatField, fields.DecimalField):
        _say(
            number, max_value=_("Use {max_value} or less."), min_value=_("Use {min_value} or more.")
        )
    _say(
        fields.DecimalField,
        max_digits=_("Use up to {max_digits} digits."),
        max_decimal_places=_("Use up to {max_decimal_places} decimal places."),
        max_whole_digits=_("Use up to {max_whole_digits} digits before the point."),
    )
    _say(
        fields.CharField,
        max_length=_("Use up to {max_length} characters."),
        min_length=_("Use {min_length} characters or more."),
    )
    _say(
        fields.ListField,
        min_length=_("Give {min_length} or more."),
        max_length=_("Give up to {max_length}."),
    )


def _say(kind: Any, **words: Any) -> None:
    """Let fields of this kind say `words`, by the code of the mistake."""
    kind.default_error_messages = {**getattr(kind, "default_error_messages", {}), **words}
