"""Shape of what people type about their company; rules are the services'."""

import datetime as dt
from typing import Any

from django import forms

from tenants import currencies, zones
from tenants.calendars import public
from tenants.models import WEEKDAY_CHOICES, Tenant
from tenants.ui.formats import MONTHS_LONG
from tenants.ui.forms import DateInput, ServiceForm

_MONTHS = list(enumerate(MONTHS_LONG, start=1))


class ClockInput(forms.TimeInput):
    """The browser's own field of a time of day."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class VersionedForm(ServiceForm):
    """A form whose rules a service keeps; `version` is what its reader saw."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def facts(self) -> dict[str, Any]:
        """The cleaned fields as a service takes them."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def read_at(self) -> dt.datetime | None:
        """When the row that was read here had been changed last."""
        try:
            return dt.datetime.fromisoformat(self.cleaned_data.get("version", ""))
        except ValueError:
            return None


class GeneralForm(VersionedForm):
    """Name, place and the calendar that periods follow."""

    name = forms.CharField(label="Name", max_length=120)
    time_zone = forms.ChoiceField(
        label="Time zone",
        help_text="Days, deadlines and all figures follow its clock. Another one builds every "
        "figure by day, week, month, quarter and year anew in the background; until then the old "
        "ones are shown.",
    )
    currency = forms.ChoiceField(
        label="Currency",
        help_text="It can be changed until the first amount is agreed or measured.",
    )
    week_start = forms.ChoiceField(
        label="Week begins on",
        choices=Tenant.WeekStart.choices,
        help_text="Another day builds the figures by week anew.",
    )
    fiscal_year_start_month = forms.TypedChoiceField(
        label="Fiscal year begins in",
        choices=_MONTHS,
        coerce=int,
        help_text="Another month builds the figures by quarter and year anew.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = sorted(name for name in zones.names() if "/" in name)
        kept = self.initial.get("time_zone", "UTC")
        names = list(dict.fromkeys([kept, "UTC", *places]))
        _choices(self, "time_zone", [(name, name.replace("_", " ")) for name in names])
        _choices(self, "currency", [(c, f"{c}, {name}") for c, name in currencies.names().items()])


class HoursForm(VersionedForm):
    """When the company works, and until when it wants the week's letter."""

    working_days = forms.MultipleChoiceField(
        label="Working days", choices=WEEKDAY_CHOICES, widget=forms.CheckboxSelectMultiple
    )
    working_hours_start = forms.TimeField(label="From", widget=ClockInput)
    working_hours_end = forms.TimeField(
        label="To", widget=ClockInput, help_text="00:00 is the end of the day."
    )
    update_due_weekday = forms.ChoiceField(label="Due on", choices=WEEKDAY_CHOICES)
    update_due_time = forms.TimeField(label="At", widget=ClockInput)


class HolidayListForm(VersionedForm):
    """Whose public holidays the company keeps."""

    holiday_country = forms.ChoiceField(label="Country", required=False)
    holiday_subdivision = forms.ChoiceField(label="State or region", required=False)

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        """`country` is the one whose parts can be chosen."""
        super().__init__(*args, **kwargs)
        _choices(self, "holiday_country", [("", "None"), *public.countries().items()])
        parts = public.subdivisions(country)
        _choices(self, "holiday_subdivision", [("", "The whole country"), *parts.items()])
        if not parts:
            self.fields["holiday_subdivision"].widget = forms.HiddenInput()


class HolidayForm(VersionedForm):
    """A day of the company's own."""

    date = forms.DateField(label="Date", widget=DateInput)
    name = forms.CharField(label="Name", max_length=120)


class BrandForm(VersionedForm):
    """The company's colour; empty for Bowline's own."""

    brand_color = forms.CharField(
        label="Colour",
        max_length=20,
        required=False,
        help_text="Such as #1b5a86. Empty: none. White text must be readable on it.",
    )


class LogoForm(VersionedForm):
    """A picture to be looked at by the service."""

    logo = forms.FileField(
        label="Picture",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text="PNG, JPEG or WebP, up to 1 MB. It is written anew, 480 × 192 pixels at most.",
        allow_empty_file=True,
    )


class ArchiveForm(VersionedForm):
    """The company's name once more, and why."""

    confirm = forms.CharField(label="The company's name", max_length=120)
    reason = forms.CharField(
        label="Why", max_length=500, help_text="It stays on record, and its people can read it."
    )


def _choices(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
    field.choices = choices
