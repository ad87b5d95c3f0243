"""Shape of what people type; rules are the services'."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from engagements.models import Engagement, Initiative, Side, Terms, TimeEntry
from engagements.retainer import parse_month
from tenants.errors import Invalid
from tenants.models import Member
from tenants.ui.forms import DateInput, ServiceForm

_HOURS = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?\s*h?", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)", re.ASCII)
_MINUTES = re.compile(r"(\d{1,4})\s*min(?:utes)?", re.ASCII | re.IGNORECASE)


class DateTimeInput(forms.DateTimeInput):
    """The browser's own field for a date and a time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class MonthInput(forms.TextInput):
    """The browser's own month field; without one it is typed as 2026-10."""

    input_type = "month"


class HoursField(forms.Field):
    """A span as people write it: `1.5`, `1,5 h`, `1:30` or `90 min`; its value is whole minutes."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> int | None:
        return parse_minutes(value) if value else None

    def prepare_value(self, value: Any) -> Any:
        return hours_text(value) if isinstance(value, int) else value


def parse_minutes(text: str) -> int:
    """Whole minutes of a typed span; raises ValidationError when it is none."""
    text = text.strip()
    if found := _MINUTES.fullmatch(text):
        return int(found[1])
    if found := _CLOCK.fullmatch(text):
        return int(found[1]) * 60 + int(found[2])
    if found := _HOURS.fullmatch(text):
        hundredths = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
        if hundredths * 60 % 100 == 0:
            return hundredths * 60 // 100
        raise forms.ValidationError("That is no whole minute. Write it as 1:20 or 80 min.")
    raise forms.ValidationError("Give hours such as 1.5, 1:30 or 90 min.")


def hours_text(minutes: int) -> str:
    """Minutes as the field shows them: `1.5`, and `1:20` where decimals would not be exact."""
    whole, rest = divmod(minutes, 60)
    if rest % 3:
        return f"{whole}:{rest:02d}"
    return f"{whole}.{rest * 100 // 60:02d}".rstrip("0").rstrip(".")


def people(members: Iterable[Member], *roles: str, now: Any) -> list[tuple[str, str]]:
    """Choices of the members who hold one of the roles, by name, and of who it is `now`."""
    found = [m for m in members if m.pk == now or set(roles) & set(m.roles)]
    return [(str(m.pk), m.name) for m in sorted(found, key=lambda m: m.name.casefold())]


class PercentsField(forms.CharField):
    """Whole percentages separated by commas; its value is a list of numbers."""

    def to_python(self, value: Any) -> Any:
        parts = [part.strip(" %") for part in (value or "").replace(";", ",").split(",")]
        numbers = [part for part in parts if part]
        if not all(part.isascii() and part.isdigit() for part in numbers):
            raise forms.ValidationError("Give whole percentages such as 80, 100.")
        return [int(part) for part in numbers]

    def validate(self, value: Any) -> None:
        """The service knows the limits."""

    def run_validators(self, value: Any) -> None:
        """None of a text's own: the value is a list."""


class EngagementForm(ServiceForm):
    """Who, what for and from when; `members` are the company's active ones."""

    title = forms.CharField(max_length=120, min_length=2)
    purpose = forms.CharField(max_length=2000, required=False, widget=forms.Textarea)
    cto = forms.ChoiceField(label="CTO")
    sponsor = forms.ChoiceField(required=False)
    starts_on = forms.DateField(label="Starts on", widget=DateInput)
    ends_on = forms.DateField(
        label="Ends on", required=False, widget=DateInput, help_text="The last day."
    )
    model = forms.ChoiceField(
        label="How they work together",
        required=False,
        choices=[("", "Not chosen"), *Engagement.Model.choices],
    )

    alert_percents = PercentsField(
        label="Tell CTO and sponsor at",
        required=False,
        help_text="Shares of a month’s hours in percent, such as 80, 100. Empty for none.",
    )
    renewal_lead_days = forms.IntegerField(
        label="Ask about renewal",
        min_value=0,
        max_value=180,
        required=False,
        initial=14,
        help_text="Days before the last day for notice.",
    )
    closes_on_working_day = forms.IntegerField(
        label="Close a month on working day",
        min_value=1,
        max_value=15,
        required=False,
        initial=5,
        help_text="Of the month after. Then its statement stays as it is.",
    )

    def __init__(self, *args: Any, members: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member in members}
        ctos, sponsors = self.fields["cto"], self.fields["sponsor"]
        assert isinstance(ctos, forms.ChoiceField)  # noqa: S101  for the type checker
        assert isinstance(sponsors, forms.ChoiceField)  # noqa: S101
        everybody, cto, sponsor = self.members.values(), *map(self.initial.get, ("cto", "sponsor"))
        ctos.choices = [("", "Choose a person"), *people(everybody, "cto", now=cto)]
        sponsors.choices = [
            ("", "Nobody yet"),
            *people(everybody, "executive", "admin", now=sponsor),
        ]

    def facts(self) -> dict[str, Any]:
        """The cleaned fields as services take them: members instead of their ids."""
        data = dict(self.cleaned_data)
        for name in ("alert_percents", "renewal_lead_days", "closes_on_working_day"):
            if data[name] is None or name not in self.data:
                del data[name]  # what was not asked stays as it is
        return data | {
            "cto": self.members[data["cto"]],
            "sponsor": self.members.get(data["sponsor"]),
        }


class TermsForm(ServiceForm):
    """A new version of the terms; the rollover's cap is typed in hours."""

    keeps_text = True
    effective_on = forms.DateField(label="From", widget=DateInput)
    scope_level = forms.ChoiceField(
        label="Scope", choices=Terms.ScopeLevel.choices, widget=forms.RadioSelect
    )
    hours_per_month = forms.DecimalField(
        label="Hours a month", min_value=0, max_value=744, max_digits=5, decimal_places=2
    )
    monthly_fee = forms.DecimalField(
        label="Fee a month", min_value=0, max_digits=12, decimal_places=2
    )
    overage_rate = forms.DecimalField(
        label="Fee for each hour above",
        min_value=0,
        max_digits=10,
        decimal_places=2,
        required=False,
    )
    notice_days = forms.IntegerField(label="Notice", min_value=0, max_value=365)
    rollover = forms.ChoiceField(
        label="Unused hours", choices=Terms.Rollover.choices, widget=forms.RadioSelect
    )
    rollover_cap_minutes = HoursField(label="Most hours to roll over", required=False)
    rollover_expiry_months = forms.IntegerField(
        label="Usable for", min_value=1, max_value=24, required=False
    )
    po_number = forms.CharField(label="Purchase order", max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        """Fields of a rollover that was not chosen do not count."""
        data = super().clean() or {}
        if data.get("rollover") == Terms.Rollover.NONE:
            data["rollover_cap_minutes"] = data["rollover_expiry_months"] = None
        return data


class SuggestInput(forms.TextInput):
    """A text field that offers `suggestions`, and takes any other text too."""

    suggestions: Sequence[str] = ()

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        if not self.suggestions:
            return super().render(name, value, attrs, renderer)
        offered = f"{(attrs or {}).get('id', name)}_offered"
        field = super().render(name, value, {**(attrs or {}), "list": offered}, renderer)
        options = format_html_join("", '<option value="{}">', ((s,) for s in self.suggestions))
        return format_html('{}<datalist id="{}">{}</datalist>', field, offered, options)


class TimeForm(ServiceForm):
    """One entry of time; `initiatives` are the open ones, which the field offers by title."""

    keeps_text = True
    date = forms.DateField(widget=DateInput)
    minutes = HoursField(label="Hours")
    category = forms.ChoiceField(choices=TimeEntry.Category.choices)
    initiative = forms.CharField(max_length=120, required=False, widget=SuggestInput)
    note = forms.CharField(max_length=500, required=False)
    entry_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, initiatives: Iterable[Initiative] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_title = {row.title.casefold(): row for row in initiatives}
        self.fields["initiative"].widget.suggestions = [  # type: ignore[attr-defined]
            row.title for row in self.by_title.values()
        ]

    def clean_initiative(self) -> str:
        """The id of the initiative with this title, else the name as it was typed."""
        typed: str = self.cleaned_data["initiative"].strip()
        found = self.by_title.get(typed.casefold())
        return str(found.pk) if found else typed


class RelockForm(ServiceForm):
    """The week that is settled again."""

    week_start = forms.DateField(widget=forms.HiddenInput)


class UnlockForm(ServiceForm):
    """Why a settled week is opened again."""

    week_start = forms.DateField(widget=forms.HiddenInput)
    reason = forms.CharField(max_length=500, label="Reason")


class StepForm(ServiceForm):
    """Why the engagement moves on."""

    reason = forms.CharField(max_length=500, label="Reason", widget=forms.Textarea)

    def __init__(self, *args: Any, asks_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = asks_reason


class NoticeForm(ServiceForm):
    """Why one side ends it with notice."""

    reason = forms.CharField(max_length=500, min_length=3, label="Reason", widget=forms.Textarea)


class ProposalForm(TermsForm):
    """Terms that one side proposes, and why; `sides` are those that the reader speaks for."""

    reason = forms.CharField(label="Why", max_length=1000, required=False, widget=forms.Textarea)
    side = forms.ChoiceField(
        label="You propose for", choices=Side.choices, required=False, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, sides: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(list(sides)) < 2:
            del self.fields["side"]


class AnswerForm(ServiceForm):
    """An answer to a proposal."""

    answer = forms.ChoiceField(choices=[(a, a) for a in ("accept", "decline", "withdraw")])
    reason = forms.CharField(label="Why", max_length=1000, required=False, widget=forms.Textarea)
    side = forms.ChoiceField(choices=Side.choices, required=False)


class OverageForm(ServiceForm):
    """Hours above the agreed ones of a month; `approves` for the client, who may set a cap."""

    keeps_text = True
    month = forms.CharField(label="Month", widget=MonthInput)
    minutes = HoursField(label="Hours above", help_text="1.5, 1:30 or 90 min")
    rate = forms.DecimalField(
        label="Rate", min_value=0, max_digits=10, decimal_places=2, required=False
    )
    amount_cap = forms.DecimalField(
        label="At most", min_value=0, max_digits=12, decimal_places=2, required=False
    )
    note = forms.CharField(max_length=500, required=False)
    approval_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: Any, approves: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if not approves:
            del self.fields["amount_cap"], self.fields["approval_id"]

    def clean_month(self) -> Any:
        """The month's first day."""
        try:
            return parse_month(self.cleaned_data["month"], today=self.today)
        except Invalid as refused:
            raise forms.ValidationError(refused.errors["month"]) from refused

    def facts(self) -> dict[str, Any]:
        """The cleaned fields as services take them."""
        data = dict(self.cleaned_data)
        return data | {"on_month": data.pop("month")}


class DecisionForm(ServiceForm):
    """The client's answer to hours that were asked for."""

    approve = forms.TypedChoiceField(
        choices=[("yes", "Approve"), ("no", "Decline")], coerce=lambda value: value == "yes"
    )
    minutes = HoursField(label="Hours", required=False)
    amount_cap = forms.DecimalField(
        label="At most", min_value=0, max_digits=12, decimal_places=2, required=False
    )
    note = forms.CharField(label="Note", max_length=500, required=False)


class RevocationForm(ServiceForm):
    """Why approved hours are taken back."""

    note = forms.CharField(label="Reason", min_length=3, max_length=500, widget=forms.Textarea)


class QuickForm(ServiceForm):
    """One line of time."""

    keeps_text = True
    line = forms.CharField(
        label="One line",
        max_length=700,
        help_text="Such as 1h30 delivery Telemetry: pairing. A day may come first: yesterday, mon.",
    )
    entry_id = forms.UUIDField(required=False, widget=forms.HiddenInput)


class TimerForm(ServiceForm):
    """What a timer runs for."""

    category = forms.ChoiceField(choices=TimeEntry.Category.choices)
    initiative = forms.CharField(max_length=120, required=False)
    note = forms.CharField(max_length=500, required=False)


class TimerStopForm(TimerForm):
    """When work ended, in the company's own time; without it, now."""

    keeps_text = True
    ended_at = forms.DateTimeField(
        label="Stopped at",
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=DateTimeInput,
    )
    whole = forms.BooleanField(label="All of it was worked", required=False)
