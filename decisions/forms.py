"""Shape of what people type about spend; rules are the services'."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms

from decisions import criteria, money
from decisions.models import Budget, SpendRequest
from decisions.quorum import Vote
from tenants.models import Member
from tenants.ui.forms import DateInput, ServiceForm

KINDS = (
    ("software", "Software"),
    ("hardware", "Hardware"),
    ("services", "Services"),
    ("infrastructure", "Infrastructure"),
    ("training", "Training"),
    ("other", "Other"),
)
SAY_WHY = "Say why: everyone on this request reads it."
SCORES = [("", "Not scored"), *((str(n), f"{n} of 5") for n in range(1, 6))]
FACTS = (
    "title", "vendor", "kind", "purpose", "one_off_amount", "recurring_amount",
    "recurring_interval", "term_months", "options_amount", "currency", "budget_line", "initiative",
    "needed_by",
)  # fmt: skip
VOTES = (
    (Vote.FOR.value, "For"),
    (Vote.AGAINST.value, "Against"),
    (Vote.ABSTAIN.value, "Abstain"),
    (Vote.RECUSED.value, "Recused: a conflict of interest"),
)


class MoneyField(forms.CharField):
    """An amount as people type it: 38500, 38,500 or 38 500.00; empty is nothing, zero."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return Decimal(0)
        amount = money.parse_amount(plain_digits(text))
        if amount is None:
            raise forms.ValidationError("Give an amount in digits, such as 1,250.00.")
        return amount


def plain_digits(text: str) -> str:
    """Without blanks and with one decimal point: commas are separators of thousands.

    Where a comma cannot be one (1,5 or 1.250,00) the text is left as it is, and refused.
    """
    text = "".join(text.split()).replace("\N{MINUS SIGN}", "-")
    whole, point, places = text.partition(".")
    groups = whole.lstrip("+-").split(",")
    if len(groups) > 1 and (not groups[0] or any(len(group) != 3 for group in groups[1:])):
        return text
    return whole.replace(",", "") + point + places


class SpendRequestForm(ServiceForm):
    """A request; `budgets` are the lines to choose from, `initiatives` the open ones by id."""

    title = forms.CharField(max_length=160, min_length=2, label="What is bought")
    vendor = forms.CharField(max_length=160)
    kind = forms.ChoiceField(choices=KINDS, initial="software")
    purpose = forms.CharField(
        max_length=5000, required=False, widget=forms.Textarea, label="What it is for, and why now"
    )
    one_off_amount = MoneyField(required=False, label="Once")
    recurring_amount = MoneyField(required=False, label="Recurring")
    recurring_interval = forms.ChoiceField(
        choices=[("month", "a month"), ("quarter", "a quarter"), ("year", "a year")], label="Every"
    )
    term_months = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=240,
        label="Term in months",
        help_text="Empty when open-ended: then 12 months count.",
    )
    options_amount = MoneyField(required=False, label="Options we may take")
    currency = forms.CharField(max_length=3, min_length=3)
    budget_line = forms.ChoiceField(required=False, label="Budget line")
    initiative = forms.ChoiceField(required=False)
    needed_by = forms.DateField(required=False, widget=DateInput, label="Needed by")
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    saved_from = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        budgets: Iterable[Budget],
        initiatives: Iterable[tuple[str, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.budgets = {str(line.pk): line for line in budgets}
        lines = [(pk, f"{line.name}, {line.currency}") for pk, line in self.budgets.items()]
        self._choose("budget_line", [("", "None"), *lines])
        named = self.initial.get("initiative") or ""
        listed = dict(initiatives)
        kept = [(named, self.initial.get("initiative_name") or named)] if named else []
        self._choose("initiative", [("", "None"), *({**dict(kept), **listed}.items())])
        for name in criteria.ALL:
            label = criteria.LABELS[name]
            self.fields[f"criteria_{name}_score"] = forms.ChoiceField(
                choices=SCORES, required=False, label=f"{label}, score"
            )
            self.fields[f"criteria_{name}_note"] = forms.CharField(
                max_length=criteria.MOST_NOTE,
                required=False,
                label=f"{label}, argument",
                widget=forms.Textarea,
            )

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = choices

    @property
    def criteria_rows(self) -> list[tuple[str, str, Any, Any]]:
        """Each criterion with its two fields, those that every request needs first."""
        return [
            (name, criteria.LABELS[name], self[f"criteria_{name}_score"], self[note])
            for name in criteria.ALL
            for note in [f"criteria_{name}_note"]
        ]

    def facts(self) -> dict[str, Any]:
        """The fields as the services take them."""
        return self._as_facts(set())

    def typed(self) -> dict[str, Any]:
        """The fields that are right as they stand, of a form still being typed.

        What is half typed is left out, so that it keeps what was stored.
        """
        self.is_valid()
        return self._as_facts({name for name, errors in self.errors.items() if errors})

    def _as_facts(self, without: set[str]) -> dict[str, Any]:
        data = {k: v for k, v in self.cleaned_data.items() if k not in without}
        found = {k: v for k, v in data.items() if k in FACTS}
        if "budget_line" in found:
            found["budget_line"] = self.budgets.get(found["budget_line"])
        if "currency" in found:
            found["currency"] = found["currency"].upper()
        judged = {name: self._judged(name, data, without) for name in criteria.ALL}
        return found | {"criteria": {name: value for name, value in judged.items() if value}}

    def _judged(self, name: str, data: dict[str, Any], without: set[str]) -> dict[str, Any] | None:
        """A criterion as it was typed, or as it is stored where one of its fields is wrong."""
        fields = (f"criteria_{name}_score", f"criteria_{name}_note")
        source = self.initial if without.intersection(fields) else data
        score, note = (source.get(field) or "" for field in fields)
        return {"score": int(score), "note": note} if score else None

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(field id, what is wrong) of each field, those of the whole form without an id."""
        found = [("", str(text)) for text in self.non_field_errors()]
        for field in self:
            found += [(field.auto_id, f"{field.label}: {text}") for text in field.errors]
        return found

    def clean(self) -> dict[str, Any]:
        """An argument without a score would be lost, so it asks for one."""
        for name in criteria.ALL:
            score, note = (self.cleaned_data.get(f"criteria_{name}_{x}") for x in ("score", "note"))
            if note and not score:
                self.add_error(f"criteria_{name}_score", "Score what you argue, from 1 to 5.")
        return self.cleaned_data


def initial_of(request: SpendRequest) -> dict[str, Any]:
    """What the form of an existing request starts with."""
    names = ("title", "vendor", "kind", "purpose", "recurring_interval", "term_months")
    amounts = ("one_off_amount", "recurring_amount", "options_amount")
    found: dict[str, Any] = {name: getattr(request, name) for name in names}
    found |= {
        name: _grouped(money.plain(getattr(request, name), request.currency))
        if getattr(request, name)
        else ""
        for name in amounts
    }
    found |= {
        "currency": request.currency,
        "budget_line": str(request.budget_line_id or ""),
        "initiative": str(request.linked_initiative_id or request.initiative or ""),
        "initiative_name": request.initiative_name,
        "needed_by": request.needed_by,
        "version": request.version,
    }
    for name, judged in (request.criteria or {}).items():
        found[f"criteria_{name}_score"] = str(judged.get("score", ""))
        found[f"criteria_{name}_note"] = judged.get("note", "")
    return found


def _grouped(amount: str) -> str:
    """`12400.00` as people read it: 12,400.00."""
    whole, point, places = amount.partition(".")
    return f"{int(whole):,}{point}{places}"


class AmendForm(SpendRequestForm):
    """The same, for a request that waits or is approved, with the reason."""

    reason = forms.CharField(
        min_length=3,
        max_length=2000,
        widget=forms.Textarea,
        label="Why it changes",
        help_text="It stays on record beside what was approved.",
    )

    @property
    def changes(self) -> list[str]:
        """The fields that differ from the request."""
        return [n for n in self.changed_data if n not in ("reason", "version", "saved_from")]

    def facts(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data["reason"], "changes": super().facts()}


class ReasonForm(ServiceForm):
    """Why; it stays on record."""

    reason = forms.CharField(min_length=3, max_length=2000, widget=forms.Textarea)


class OptionalReasonForm(ReasonForm):
    """Why, where it need not be said."""

    reason = forms.CharField(max_length=2000, required=False, widget=forms.Textarea)


class SayForm(OptionalReasonForm):
    """An approval, for oneself or for somebody one stands in for."""

    on_behalf_of = forms.ChoiceField(required=False, label="For")

    def __init__(self, *args: Any, stands_in: Iterable[Member] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(member.pk): member for member in stands_in}
        field = self.fields["on_behalf_of"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = [("", "Myself"), *((pk, m.name) for pk, m in self.people.items())]

    def facts(self) -> dict[str, Any]:
        found = super().facts()
        return found | {"on_behalf_of": self.people.get(found["on_behalf_of"])}


class RejectForm(SayForm):
    """A refusal: with its reason."""

    reason = forms.CharField(
        min_length=3,
        max_length=2000,
        widget=forms.Textarea,
        error_messages={"required": SAY_WHY},
    )


class VoteForm(SayForm):
    """A vote of a step that several decide."""

    vote = forms.ChoiceField(choices=VOTES, widget=forms.RadioSelect)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        said = self.cleaned_data
        if said.get("vote") == Vote.AGAINST and not said.get("reason"):
            self.add_error("reason", SAY_WHY)
        return cleaned


class CommentForm(ServiceForm):
    """A question or an answer."""

    body = forms.CharField(min_length=3, max_length=2000, widget=forms.Textarea, label="Comment")


class ExtendForm(ReasonForm):
    """More time to decide."""

    hours = forms.IntegerField(
        min_value=1, max_value=720, initial=24, label="Hours of working days"
    )


class OrderForm(ServiceForm):
    """The purchase order."""

    reference = forms.CharField(max_length=60, required=False, label="Purchase order number")


class InvoiceForm(ServiceForm):
    """A paid invoice, in the company's currency."""

    reference = forms.CharField(max_length=60, label="Invoice number")
    amount = MoneyField(label="Amount")
    invoiced_on = forms.DateField(widget=DateInput, label="Dated")
    note = forms.CharField(max_length=500, required=False)


class ExceptionForm(ReasonForm):
    """What finance lets go over the budget."""

    amount = MoneyField(label="Over the line by")


class BenefitForm(ServiceForm):
    """When to look whether it was worth it, and at what."""

    review_on = forms.DateField(widget=DateInput, label="Look at it on")
    expected = forms.CharField(max_length=500, required=False, label="What it should bring")
    kpi = forms.ChoiceField(required=False, label="Figure that should move")

    def __init__(self, *args: Any, kpis: Iterable[Any] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kpis = {str(kpi.pk): kpi for kpi in kpis}
        field = self.fields["kpi"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = [("", "None"), *((pk, kpi.name) for pk, kpi in self.kpis.items())]

    def facts(self) -> dict[str, Any]:
        found: dict[str, Any] = dict(self.cleaned_data)
        return found | {"kpi": self.kpis.get(found["kpi"])}


class BenefitReviewForm(ServiceForm):
    """What it was good for."""

    note = forms.CharField(
        min_length=3, max_length=2000, widget=forms.Textarea, label="What it was good for"
    )
