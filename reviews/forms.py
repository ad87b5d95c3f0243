"""Shape of what people type into a letter; rules are the services'."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory

from reviews.content import MOST_ITEMS, Content, Item
from reviews.letter import FigureLine
from reviews.models import COMMENT_MOST, ITEM_MOST, UpdateItem, WeeklyUpdate
from tenants.errors import Invalid
from tenants.models import Member
from tenants.ui.forms import DateInput

TEXTS = ("summary", "progress", "wins", "risks", "next_week")
CONFIDENCE = [(str(n), str(n)) for n in range(1, 6)]


class NeededToSend:
    """A field that a draft may leave empty and a sent letter may not: shown without "optional"."""

    def validate(self, value: Any) -> None:
        """Only what is there is checked."""
        if value not in (None, ""):
            super().validate(value)  # type: ignore[misc]


class SummaryField(NeededToSend, forms.CharField):
    """Two sentences."""


class HealthField(NeededToSend, forms.ChoiceField):
    """How the engagement goes."""


def _text(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, required=False, strip=False, widget=forms.Textarea
    )


class TextsForm(forms.Form):
    """The letter's own fields, which version of the draft was read, and in which open form."""

    use_required_attribute = False

    summary = SummaryField(label="What changed this week", strip=False, widget=forms.Textarea)
    health = HealthField(
        label="Engagement health", choices=WeeklyUpdate.Health.choices, widget=forms.RadioSelect
    )
    progress = _text("Done", "One per line.")
    wins = _text("Wins", "One per line.")
    risks = _text("Risks", "One per line: what may go wrong, and what you do about it.")
    next_week = _text("Next week", "One per line.")
    confidence = forms.TypedChoiceField(
        label="Confidence in next week’s plan",
        help_text="1 is a guess, 5 is certain.",
        choices=CONFIDENCE,
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    saved_from = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)


class ItemForm(forms.Form):
    """One blocker or ask."""

    id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    text = forms.CharField(required=False, max_length=ITEM_MOST)
    member = forms.TypedChoiceField(required=False, coerce=str, empty_value="")
    due_on = forms.DateField(
        required=False,
        widget=DateInput(),
        error_messages={"invalid": "Use a date such as 2026-10-19."},
    )

    def __init__(self, *args: Any, people: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        member: Any = self.fields["member"]
        member.choices = people


ItemFormSet: "type[BaseFormSet[Any]]" = formset_factory(
    ItemForm, extra=0, max_num=MOST_ITEMS, validate_max=True
)


class LetterInput:
    """All of the letter's form: texts, figures, blockers and asks.

    `extra` names a list that gets one blank row; `without` is (list, index) of a row to leave out.
    """

    def __init__(
        self,
        data: Any = None,
        *,
        update: WeeklyUpdate,
        figures: Sequence[FigureLine],
        blockers: Sequence[UpdateItem],
        asks: Sequence[UpdateItem],
        members: Sequence[Member],
        extra: str = "",
    ) -> None:
        self.data, self.update, self.figures = data, update, figures
        self.members = {str(member.pk): member for member in members}
        people = [(pk, member.name) for pk, member in self.members.items()]
        self.texts = TextsForm(data, initial=_initial(update))
        self.rows = {
            "blockers": _formset(data, "blockers", blockers, people, blank="Nobody yet"),
            "asks": _formset(data, "asks", asks, people, blank="Choose"),
        }
        if extra in self.rows:
            self.rows[extra].extra = 1
        self.other: dict[str, str] = {}

    @property
    def is_bound(self) -> bool:
        return self.texts.is_bound

    def is_valid(self) -> bool:
        """Whether every field has the right shape."""
        shapes = [self.texts.is_valid(), *(rows.is_valid() for rows in self.rows.values())]
        return all(shapes)

    def content(self, *, without: tuple[str, int] | None = None) -> Content:
        """What was written, of a valid input."""
        fields = {name: self.texts.cleaned_data[name] for name in (*TEXTS, "health", "confidence")}
        return Content(
            fields=fields | {"kpi_notes": self._kpi_notes()},
            blockers=self._items("blockers", without),
            asks=self._items("asks", without),
        )

    def send(self, call: Callable[..., Any], **facts: Any) -> Any:
        """What the service answers, or None with its errors beside their fields."""
        try:
            return call(**facts)
        except Invalid as refused:
            for name, message in refused.errors.items():
                self._add_error(name, message)
            return None

    def require_on_page(self) -> None:
        """Ask for what the page shows as needed to send: the health."""
        if not self.texts.cleaned_data.get("health"):
            self.texts.add_error("health", "Say how the engagement goes.")

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(field id, what is wrong), in the order of the page."""
        found = [(field.auto_id, str(text)) for field in self.texts for text in field.errors]
        found += [("", text) for text in self.other.values()]
        for name, rows in self.rows.items():
            found += [(f"s-{name}", str(text)) for text in rows.non_form_errors()]
            found += [(f.auto_id, str(t)) for form in rows for f in form for t in f.errors]
        return found

    def shown(self, figure: FigureLine) -> bool:
        """Whether the figure is ticked."""
        if self.data is None or f"kpi-{figure.kpi}" not in self.data:
            return figure.shown
        return f"kpi-{figure.kpi}-shown" in self.data

    def comment(self, figure: FigureLine) -> str:
        """The writer's words on the figure."""
        if self.data is None:
            return figure.comment
        return str(self.data.get(f"kpi-{figure.kpi}-comment", figure.comment))

    def _kpi_notes(self) -> dict[str, Any]:
        """The stored notes with what this form says of the figures it showed."""
        notes = dict(self.update.kpi_notes)
        for figure in self.figures:
            if f"kpi-{figure.kpi}" in self.data:
                comment = self.comment(figure).strip()
                notes[figure.kpi] = {"shown": self.shown(figure), "comment": comment}
        return notes

    def _items(self, name: str, without: tuple[str, int] | None) -> list[Item]:
        items = []
        for index, form in enumerate(self.rows[name].forms):
            if (name, index) != without:
                cleaned = dict(form.cleaned_data)
                member = self.members.get(cleaned.pop("member", "") or "")
                items.append(Item(**cleaned, member=member))
        return items

    def _add_error(self, name: str, message: str) -> None:
        """Beside the field that a service's error names: `summary`, `asks.0.due_on`, `kpis`."""
        parts = name.split(".")
        if len(parts) == 3 and parts[0] in self.rows:
            form = self._written(parts[0])[int(parts[1])]
            form.add_error(parts[2], message)
        elif name in self.texts.fields:
            self.texts.add_error(name, message)
        else:
            self.other[name] = message

    def _written(self, name: str) -> list[Any]:
        """The forms of the rows that are not blank: services count only those."""
        return [
            form
            for form in self.rows[name].forms
            if form.cleaned_data.get("text") or form.cleaned_data.get("due_on")
        ]


def _formset(
    data: Any, prefix: str, rows: Sequence[UpdateItem], people: list[tuple[str, str]], *, blank: str
) -> "BaseFormSet[Any]":
    initial = [
        {
            "id": row.pk,
            "text": row.text,
            "member": str(row.member_id) if row.member_id else "",
            "due_on": row.due_on,
        }
        for row in rows
    ]
    return ItemFormSet(
        data, prefix=prefix, initial=initial, form_kwargs={"people": [("", blank), *people]}
    )


def _initial(update: WeeklyUpdate) -> dict[str, Any]:
    fields: dict[str, Any] = {name: getattr(update, name) for name in TEXTS}
    return fields | {
        "health": update.health,
        "confidence": str(update.confidence or ""),
        "version": update.version,
        "saved_from": uuid4().hex,
    }


class CommentForm(forms.Form):
    """A line in the thread."""

    body = forms.CharField(
        label="Your comment",
        max_length=COMMENT_MOST,
        widget=forms.Textarea,
        error_messages={"required": "Write something first."},
    )


class AmendForm(forms.Form):
    """New texts of an acknowledged letter, and why."""

    summary = _text("What changed this week")
    progress = _text("Done", "One per line.")
    wins = _text("Wins", "One per line.")
    risks = _text("Risks", "One per line.")
    next_week = _text("Next week", "One per line.")
    reason = forms.CharField(
        label="Why it is amended",
        max_length=ITEM_MOST,
        help_text="Stays beside the letter, with the text before.",
        error_messages={"required": "Say why: the reason stays beside the letter."},
    )

    def send(self, call: Callable[..., Any], **facts: Any) -> Any:
        """What the service answers, or None with its errors beside their fields."""
        try:
            return call(**facts)
        except Invalid as refused:
            for name, message in refused.errors.items():
                self.add_error(name if name in self.fields else None, message)
            return None
