"""What Django and the REST framework say where a value is refused, in our words: how to fix it.

Every form, model and serializer says it, so it is set once, on their own classes.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core import validators
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django_filters import fields as filtered
from rest_framework import fields, relations, serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

_EMAIL = _("Use an address such as name@example.com.")
_URL = _("Use an address such as https://example.com/page.")
_UUID = _("Use an id such as 0199f0a0-7c3e-7000-8000-000000000000.")
_WHOLE = _("Use a whole number.")
_NUMBER = _("Use a number, such as 12.5.")
_FEWER = _("Use fewer digits.")
_DAY = _("Use a date such as 2026-10-05.")
_TIME = _("Use a time such as 09:30.")
_INSTANT = _("Use an instant with its offset, such as 2026-10-05T09:00:00Z.")
_DURATION = _("Use a duration such as 01:30:00.")
_WORD = _("Use letters, digits, hyphens and underscores only.")
_JSON = _("Use exact JSON.")
_LIST = _("Use a list.")
_ONE = _("Choose one from the list.")
_SOME = _("Choose from the list.")
_NONE_SUCH = _("There is none with this id.")
_AT_LEAST_ONE = _("Give one or more.")
_LISTED = _("Use one of the words that the documentation lists.")
_UNSTORABLE = _("Remove the characters that cannot be stored (NUL or half a surrogate pair).")

_FORMS: Mapping[Any, dict[str, Any]] = {
    forms.Field: {"required": _("Fill this in.")},
    forms.ChoiceField: {"required": _("Choose one."), "invalid_choice": _ONE},
    forms.MultipleChoiceField: {
        "required": _("Choose one or more."),
        "invalid_choice": _SOME,
        "invalid_list": _SOME,
    },
    forms.ModelChoiceField: {"required": _("Choose one."), "invalid_choice": _ONE},
    forms.ModelMultipleChoiceField: {
        "invalid_choice": _SOME,
        "invalid_list": _SOME,
        "invalid_pk_value": _SOME,
    },
    forms.IntegerField: {"invalid": _WHOLE},
    forms.FloatField: {"invalid": _NUMBER},
    forms.DecimalField: {"invalid": _NUMBER},
    forms.DateField: {"invalid": _DAY},
    forms.TimeField: {"invalid": _TIME},
    forms.DateTimeField: {"invalid": _("Use a date and a time, such as 2026-10-05 09:30.")},
    forms.SplitDateTimeField: {"invalid_date": _DAY, "invalid_time": _TIME},
    forms.DurationField: {"invalid": _DURATION, "overflow": _DURATION},
    forms.UUIDField: {"invalid": _UUID},
    forms.JSONField: {"invalid": _JSON},
    forms.URLField: {"invalid": _URL},
    forms.FilePathField: {"invalid_choice": _ONE},
    forms.MultiValueField: {"invalid": _SOME, "incomplete": _("Fill in all of it.")},
    forms.FileField: {
        "invalid": _("Choose a file."),
        "missing": _("Choose a file."),
        "empty": _("The file is empty. Choose another."),
        "max_length": ngettext_lazy(
            "Shorten the file's name to %(max)d character: it has %(length)d.",
            "Shorten the file's name to %(max)d characters: it has %(length)d.",
            "max",
        ),
        "contradiction": _("Choose a file or clear the field, not both."),
    },
    forms.ImageField: {"invalid_image": _("Choose a picture, such as a PNG.")},
}
_FILTERS: Mapping[Any, dict[str, Any]] = {
    filtered.ChoiceField: {"invalid_choice": _LISTED},
    filtered.IsoDateTimeField: {"invalid": _INSTANT},
}
_MODELS: Mapping[Any, dict[str, Any]] = {
    models.Field: {
        "invalid_choice": _ONE,
        "null": _("Fill this in."),
        "blank": _("Fill this in."),
        "unique": _("This is taken. Use another."),
        "unique_for_date": _("This is taken on that date. Use another."),
    },
    models.BooleanField: {
        "invalid": _("Use true or false."),
        "invalid_nullable": _("Use true, false or null."),
    },
    models.IntegerField: {"invalid": _WHOLE},
    models.FloatField: {"invalid": _NUMBER},
    models.DecimalField: {"invalid": _NUMBER},
    models.DateField: {"invalid": _DAY, "invalid_date": _DAY},
    models.DateTimeField: {"invalid": _INSTANT, "invalid_datetime": _INSTANT, "invalid_date": _DAY},
    models.TimeField: {"invalid": _TIME, "invalid_time": _TIME},
    models.DurationField: {"invalid": _DURATION},
    models.UUIDField: {"invalid": _UUID},
    models.JSONField: {"invalid": _JSON},
    models.ForeignKey: {"invalid": _NONE_SUCH},
    models.GenericIPAddressField: {"invalid": _("Use an IP address such as 192.0.2.1.")},
    ArrayField: {"item_invalid": _("Entry %(nth)s:")},
}
_API: Mapping[Any, dict[str, Any]] = {
    fields.Field: {
        "required": _("This is missing. Give it a value."),
        "null": _("This cannot be null. Give it a value."),
    },
    fields.BooleanField: {"invalid": _("Use true or false.")},
    fields.CharField: {
        "invalid": _("Use text."),
        "blank": _("Fill this in."),
        "max_length": _("Use up to {max_length} characters."),
        "min_length": _("Use {min_length} characters or more."),
    },
    fields.EmailField: {"invalid": _EMAIL},
    fields.RegexField: {"invalid": _("Use the form that the documentation shows.")},
    fields.SlugField: {"invalid": _WORD, "invalid_unicode": _WORD},
    fields.URLField: {"invalid": _URL},
    fields.UUIDField: {"invalid": _UUID},
    fields.IPAddressField: {"invalid": _("Use an IP address such as 192.0.2.1.")},
    fields.IntegerField: {"invalid": _WHOLE, "max_string_length": _FEWER},
    fields.BigIntegerField: {"invalid": _WHOLE, "max_string_length": _FEWER},
    fields.FloatField: {"invalid": _NUMBER, "max_string_length": _FEWER, "overflow": _FEWER},
    fields.DecimalField: {
        "invalid": _NUMBER,
        "max_string_length": _FEWER,
        "max_digits": _("Use up to {max_digits} digits."),
        "max_decimal_places": _("Use up to {max_decimal_places} decimal places."),
        "max_whole_digits": _("Use up to {max_whole_digits} digits before the point."),
    },
    fields.DateTimeField: {
        "invalid": _INSTANT,
        "date": _INSTANT,
        "make_aware": _INSTANT,
        "overflow": _("Use an instant between the years 1 and 9999."),
    },
    fields.DateField: {"invalid": _DAY, "datetime": _DAY},
    fields.TimeField: {"invalid": _TIME},
    fields.DurationField: {"invalid": _DURATION, "overflow": _DURATION},
    fields.ChoiceField: {"invalid_choice": _LISTED},
    fields.MultipleChoiceField: {
        "invalid_choice": _("Use only words that the documentation lists."),
        "not_a_list": _LIST,
        "empty": _AT_LEAST_ONE,
    },
    fields.FilePathField: {"invalid_choice": _ONE},
    fields.FileField: {
        "required": _("Send a file here."),
        "invalid": _("Send a file, in a form of the type multipart/form-data."),
        "no_name": _("Give the file a name."),
        "empty": _("The file is empty. Send another."),
        "max_length": _("Shorten the file's name to {max_length} characters: it has {length}."),
    },
    fields.ImageField: {"invalid_image": _("Send a picture, such as a PNG.")},
    fields.ListField: {
        "not_a_list": _LIST,
        "empty": _AT_LEAST_ONE,
        "min_length": _("Give {min_length} or more."),
        "max_length": _("Give up to {max_length}."),
    },
    fields.DictField: {"not_a_dict": _("Use an object of names."), "empty": _AT_LEAST_ONE},
    fields.JSONField: {"invalid": _JSON},
    fields.ModelField: {"max_length": _("Use up to {max_length} characters.")},
    serializers.Serializer: {"invalid": _("Use an object of fields.")},
    serializers.ListSerializer: {
        "not_a_list": _LIST,
        "empty": _AT_LEAST_ONE,
        "min_length": _("Give {min_length} or more."),
        "max_length": _("Give up to {max_length}."),
    },
    relations.PrimaryKeyRelatedField: {
        "required": _("This is missing. Give it a value."),
        "does_not_exist": _NONE_SUCH,
        "incorrect_type": _UUID,
    },
    relations.HyperlinkedRelatedField: {
        "required": _("This is missing. Give it a value."),
        "no_match": _NONE_SUCH,
        "incorrect_match": _NONE_SUCH,
        "does_not_exist": _NONE_SUCH,
        "incorrect_type": _URL,
    },
    relations.SlugRelatedField: {"does_not_exist": _NONE_SUCH, "invalid": _NONE_SUCH},
    relations.ManyRelatedField: {"not_a_list": _LIST, "empty": _AT_LEAST_ONE},
}
_NUMBERS = (
    fields.IntegerField,
    fields.BigIntegerField,
    fields.FloatField,
    fields.DecimalField,
    fields.DurationField,
)


def say_in_our_words() -> None:
    """Replace the messages of refusals; harmless when repeated."""
    for table in (_FORMS, _FILTERS, _MODELS, _API):
        for kind, words in table.items():
            _say(kind, **words)
    for number in _NUMBERS:
        _say(
            number, max_value=_("Use {max_value} or less."), min_value=_("Use {min_value} or more.")
        )
    _of_validators()


def _of_validators() -> None:
    ProhibitSurrogateCharactersValidator.message = _UNSTORABLE
    validators.ProhibitNullCharactersValidator.message = _UNSTORABLE
    validators.RegexValidator.message = _("Use the form that is asked for.")
    validators.EmailValidator.message = _EMAIL
    validators.URLValidator.message = _URL
    validators.validate_slug.message = _WORD
    validators.MaxValueValidator.message = _("Use %(limit_value)s or less.")
    validators.MinValueValidator.message = _("Use %(limit_value)s or more.")
    validators.StepValueValidator.message = _("Use a multiple of %(limit_value)s.")
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
    said["invalid"] = _NUMBER
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


def _say(kind: Any, **words: Any) -> None:
    """Let fields of this kind say `words`, by the code of the mistake."""
    kind.default_error_messages = {**getattr(kind, "default_error_messages", {}), **words}
