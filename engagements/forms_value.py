"""Shape of what people type about growth, full time and savings; rules are the services'."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms

from engagements.models import GrowthSignal
from engagements.scope_dial import quarter_name
from tenants.ui.forms import DateInput, OnceForm, ServiceForm


class SignalForm(ServiceForm):
    """One growth signal; `quarters` are those that it can be entered for."""

    quarter = forms.ChoiceField()
    kind = forms.ChoiceField(label="Signal", choices=GrowthSignal.Kind.choices)
    value = forms.DecimalField(
        max_digits=7,
        decimal_places=1,
        help_text="Percent for revenue and team size, else how many.",
    )
    source = forms.CharField(
        max_length=300, min_length=2, help_text="Where the figure stands, such as a board report."
    )

    def __init__(self, *args: Any, quarters: Sequence[dt.date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["quarter"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = [(q.isoformat(), quarter_name(q)) for q in quarters]

    def facts(self) -> dict[str, Any]:
        """The cleaned fields as the service takes them."""
        quarter = dt.date.fromisoformat(self.cleaned_data["quarter"])
        return self.cleaned_data | {"quarter": quarter}


class DismissForm(ServiceForm):
    """Why the suggestion is not followed."""

    reason = forms.CharField(max_length=500, min_length=2)


class FullTimeForm(ServiceForm):
    """The full-time figure and where it comes from."""

    amount = forms.DecimalField(label="A year", min_value=1, max_digits=12, decimal_places=2)
    source = forms.CharField(max_length=300, min_length=2)


class SavingForm(OnceForm):
    """A saving with its evidence."""

    title = forms.CharField(label="What was saved", max_length=160, min_length=2)
    amount = forms.DecimalField(min_value=0, max_digits=14, decimal_places=2)
    saved_on = forms.DateField(label="Saved on", widget=DateInput)
    evidence = forms.CharField(
        max_length=2000,
        min_length=10,
        widget=forms.Textarea,
        help_text="What proves it: invoices before and after, a contract, a measurement.",
    )


class JudgeForm(ServiceForm):
    """Verified or not, with a note."""

    note = forms.CharField(max_length=500, required=False)
