"""Shape of what people type about key figures; rules are the services'."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import slugify

from kpis.models import PARTS, Aggregation, Category, CoreArea, Direction, Kpi, Period, Status, Unit
from kpis.services.measurements import REASON_MOST
from kpis.values import SKIPPED_HOUR, clean_number, in_zone
from tenants.errors import Invalid
from tenants.models import Member
from tenants.ui.forms import DateInput, ServiceForm

JUDGEMENTS = [
    (Status.ON_TRACK.value, "On target"),
    (Status.AT_RISK.value, "At risk"),
    (Status.OFF_TRACK.value, "Off target"),
]
_ENOUGH_DIGITS = 60  # so that turning 99.95 % into 0.9995 never rounds


class MomentInput(forms.DateTimeInput):
    """The browser's own field of a date and a time of day."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", attrs={"step": "1"})


class NumberField(forms.CharField):
    """An exact decimal, refused in words that help."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=80, **kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return clean_number(text.replace("−", "-"), "")
        except Invalid as refused:
            raise forms.ValidationError(refused.message) from None


class KpiForm(ServiceForm):
    """A figure's definition; `members` are the company's active ones."""

    name = forms.CharField(max_length=120)
    key = forms.CharField(
        max_length=60,
        required=False,
        help_text="Used in addresses and the API, such as cycle_time. From the name when empty.",
    )
    purpose = forms.CharField(
        max_length=1000, required=False, widget=forms.Textarea, help_text="What it tells."
    )
    formula = forms.CharField(
        max_length=1000, required=False, widget=forms.Textarea, help_text="In words."
    )
    unit = forms.ChoiceField(choices=Unit.choices)
    direction = forms.ChoiceField(
        label="Which way is good", choices=Direction.choices, widget=forms.RadioSelect
    )
    aggregation = forms.ChoiceField(
        label="Counted as",
        choices=Aggregation.choices,
        help_text="How the measurements of a period become its one value.",
    )
    cadence = forms.ChoiceField(
        label="Looked at", choices=Kpi.Cadence.choices, initial=Kpi.Cadence.MONTHLY
    )
    category = forms.ChoiceField(choices=Category.choices)
    core_area = forms.ChoiceField(label="Core area", choices=CoreArea.choices)
    source = forms.CharField(
        max_length=200, required=False, help_text="Where the measurements come from."
    )
    owner = forms.ChoiceField(required=False)
    expected_freshness_hours = forms.IntegerField(
        label="New data at least every",
        required=False,
        min_value=1,
        help_text="Without new data for longer it is stale. Empty: never.",
    )
    is_active = forms.BooleanField(label="In use", required=False, initial=True)
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, members: Iterable[Member], is_new: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member in members}
        named = sorted(self.members.values(), key=lambda m: m.name.casefold())
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)  # noqa: S101  for the type checker
        owner.choices = [("", "Nobody yet"), *((str(m.pk), m.name) for m in named)]
        if is_new:
            del self.fields["is_active"]
        else:
            del self.fields["key"]

    def facts(self) -> dict[str, Any]:
        """The cleaned fields as the services take them."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        if "key" in data and not data["key"]:
            data["key"] = slugify(data["name"]).replace("-", "_")[:60].strip("_")
        return data | {"owner": self.members.get(data["owner"])}

    def read_at(self) -> dt.datetime | None:
        """When the definition that was read here had been changed last."""
        try:
            return dt.datetime.fromisoformat(self.cleaned_data.get("version", ""))
        except ValueError:
            return None


class TargetForm(ServiceForm):
    """A target from a day on, in the shown unit; `factor` turns a stored value into that."""

    value = NumberField(label="Target")
    at_risk_value = NumberField(label="At risk up to", required=False)
    effective_on = forms.DateField(label="From", widget=DateInput)

    def __init__(self, *args: Any, factor: Decimal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.factor = factor

    def facts(self) -> dict[str, Any]:
        """The numbers as they are stored."""
        data = dict(self.cleaned_data)
        for name in ("value", "at_risk_value"):
            if data[name] is not None:
                data[name] = stored(data[name], self.factor)
        return data


def stored(shown: Decimal, factor: Decimal) -> Decimal:
    """A shown number as it is kept: 99.95 of a ratio in percent is 0.9995, exactly."""
    if factor == 1:
        return shown
    with localcontext() as context:
        context.prec = _ENOUGH_DIGITS
        return shown / factor


class NumbersForm(ServiceForm):
    """What was measured: a value, or numerator and denominator of a ratio."""

    value = NumberField(label="Value")
    numerator = NumberField(label="Numerator")
    denominator = NumberField(label="Denominator")
    weight = NumberField(label="Weight", required=False)

    def __init__(self, *args: Any, aggregation: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_ratio = aggregation == Aggregation.RATIO
        for name in ("value",) if is_ratio else ("numerator", "denominator"):
            del self.fields[name]
        if aggregation != Aggregation.WEIGHTED_MEAN:
            del self.fields["weight"]
        if aggregation == Aggregation.COUNT:
            self.fields["value"].required = False
            self.fields["value"].help_text = "Each measurement counts as one, whatever its value."


class MeasurementForm(NumbersForm):
    """One measurement by hand."""

    observed_at = forms.CharField(label="When", widget=MomentInput)
    series = forms.CharField(
        label="Note",
        max_length=120,
        required=False,
        help_text="What was measured, such as a service or a team.",
    )
    field_order = ("observed_at",)

    def clean_observed_at(self) -> dt.datetime:
        """The typed time as an instant, in the reader's zone."""
        try:
            naive = dt.datetime.fromisoformat(self.cleaned_data["observed_at"])
        except ValueError:
            raise forms.ValidationError(
                "Give a date and a time, such as 2026-10-15 09:30."
            ) from None
        zone = timezone.get_current_timezone()
        moment = naive if naive.tzinfo else in_zone(naive, zone)  # type: ignore[arg-type]
        if moment is None:
            raise forms.ValidationError(SKIPPED_HOUR)
        return moment

    def raw(self) -> dict[str, Any]:
        """The measurement as the service takes it."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class CorrectionForm(NumbersForm):
    """The right numbers of a measurement, and why; `version` is of the one that was read here."""

    reason = forms.CharField(
        max_length=REASON_MOST,
        widget=forms.Textarea,
        help_text="It stays in the audit trail, beside what the measurement said before.",
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def changes(self) -> dict[str, Any]:
        """The numbers as the service takes them; an emptied weight is none."""
        return {name: self.cleaned_data[name] for name in PARTS if name in self.fields}


class RemovalForm(ServiceForm):
    """Why a measurement is taken back."""

    reason = forms.CharField(
        max_length=REASON_MOST,
        widget=forms.Textarea,
        help_text="It stays in the audit trail, beside what the measurement was.",
    )


class OverrideForm(ServiceForm):
    """A person's word on the running period's status."""

    period = forms.ChoiceField(choices=Period.choices)
    status = forms.ChoiceField(choices=JUDGEMENTS, widget=forms.RadioSelect)
    reason = forms.CharField(
        max_length=1000,
        widget=forms.Textarea,
        help_text="It stands beside the status, for everybody who sees the figure.",
    )
