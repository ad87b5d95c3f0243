"""Shape of what people type about budgets, delegations and exchange rates."""

import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, ClassVar

from django import forms

from decisions import money
from decisions.forms import MoneyField, plain_digits
from decisions.rate_doubts import IMPLAUSIBLE
from tenants.errors import TooLarge
from tenants.models import Member
from tenants.ui.forms import DateInput, ServiceForm


class PersonField(forms.ChoiceField):
    """One of the members given to `offer`; empty where it need not be said."""

    people: dict[str, Member]

    def offer(self, members: Iterable[Member], *, empty: str = "") -> None:
        self.people = {str(member.pk): member for member in members}
        named = sorted((member.name, pk) for pk, member in self.people.items())
        self.choices = [("", empty), *((pk, name) for name, pk in named)]

    def clean(self, value: Any) -> Any:
        return self.people.get(super().clean(value))


def offered(form: forms.Form, name: str) -> PersonField:
    """The field of a person, for offering members to choose from."""
    field = form.fields[name]
    assert isinstance(field, PersonField)  # noqa: S101  for the type checker
    return field


class BudgetForm(ServiceForm):
    """A budget line."""

    name = forms.CharField(max_length=120, min_length=2)
    allocated = MoneyField(label="Allocated")
    starts_on = forms.DateField(widget=DateInput, label="First day")
    ends_on = forms.DateField(widget=DateInput, label="Last day")
    owner = PersonField(required=False)

    def __init__(self, *args: Any, members: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered(self, "owner").offer(members, empty="Nobody")


class DelegationForm(ServiceForm):
    """Whole days, the first and the last included, at the company's."""

    places: ClassVar[dict[str, str]] = {"starts_at": "first_day", "ends_at": "last_day"}

    delegator = PersonField(label="In place of")
    delegate = PersonField(label="Who may decide")
    first_day = forms.DateField(widget=DateInput)
    last_day = forms.DateField(widget=DateInput, help_text="That day included.")
    reason = forms.CharField(max_length=500, required=False)

    def __init__(
        self,
        *args: Any,
        members: Iterable[Member],
        myself: Member,
        for_all: bool,
        zone: zoneinfo.ZoneInfo,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        people = list(members)
        self.zone, self.myself = zone, myself
        others = people if for_all else [each for each in people if each.pk != myself.pk]
        offered(self, "delegate").offer(others, empty="Choose")
        if for_all:
            offered(self, "delegator").offer(people, empty="Choose")
        else:
            del self.fields["delegator"]

    def facts(self) -> dict[str, Any]:
        """As the service takes them: from the first midnight until before the last."""
        found = self.cleaned_data
        after = found["last_day"] + dt.timedelta(days=1)
        return {
            "delegator": found.get("delegator", self.myself),
            "delegate": found["delegate"],
            "starts_at": dt.datetime.combine(found["first_day"], dt.time(), tzinfo=self.zone),
            "ends_at": dt.datetime.combine(after, dt.time(), tzinfo=self.zone),
            "reason": found["reason"],
        }

    def clean(self) -> dict[str, Any]:
        """Years beyond what clocks can count are refused here."""
        last = self.cleaned_data.get("last_day")
        if last is not None and last.year > 9000:
            self.add_error("last_day", "Delegate for a year at most, and renew it then.")
        return self.cleaned_data


class RateForm(ServiceForm):
    """One rate of one day."""

    currency = forms.CharField(max_length=3, min_length=3, help_text="Such as EUR.")
    on = forms.DateField(widget=DateInput, label="Day")
    rate = forms.CharField(max_length=40, label="Rate")
    source = forms.CharField(max_length=60, required=False, help_text="Such as ECB.")
    confirm = forms.CharField(required=False)  # which rate was said to be right

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()

    def clean_rate(self) -> Decimal:
        found = money.parse_amount(plain_digits(self.cleaned_data["rate"]))
        if found is None:
            raise forms.ValidationError("Give the rate in digits, such as 1.0842.")
        return found

    @property
    def asked(self) -> str:
        """The rate that is to be said right or corrected; empty where it is not asked about."""
        is_doubted = self.has_error("rate", IMPLAUSIBLE)
        return self._named() if is_doubted else ""

    def facts(self) -> dict[str, Any]:
        """A tick counts for the rate it stood beside, not for another one typed since."""
        return self.cleaned_data | {"confirm": self.cleaned_data["confirm"] == self._named()}

    def _named(self) -> str:
        return f"{self.data.get('currency', '').upper()} {self.data.get('rate', '').strip()}"


class RateFileForm(ServiceForm):
    """A CSV file with the columns currency, on, rate."""

    confirm = forms.BooleanField(required=False, label="These rates are right")
    asked = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    content = b""  # what was read last
    file = forms.FileField(
        label="CSV file",
        help_text="First line: currency,on,rate. All rows are taken, or none.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = not self.data.get("asked")

    def send(self, call: Callable[..., Any], **facts: Any) -> Any:
        """As every form, a file that is too large too; rows asked about then need no file."""
        answer = None
        try:
            answer = super().send(call, **facts)
        except TooLarge as refused:
            self.add_error("file", refused.message)
        self.fields["file"].required = not self.rows_asked
        return answer

    def facts(self) -> dict[str, Any]:
        """As the service takes it: a chosen file, or the rows that were asked about, for which
        alone the tick counts."""
        chosen = self.cleaned_data["file"]
        self.content = chosen.read() if chosen else self.cleaned_data["asked"].encode()
        return {
            "content": self.content,
            "confirm": self.cleaned_data["confirm"] and not chosen,
        }

    @property
    def rows_asked(self) -> str:
        """The file whose rows are to be said right; empty where something else is wrong too."""
        said = self.errors.as_data()
        codes = {error.code for errors in said.values() for error in errors}
        return self.content.decode("utf-8-sig") if codes == {IMPLAUSIBLE} else ""
