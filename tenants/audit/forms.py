"""What a reader may ask of the trail."""

from typing import Any
from uuid import UUID

from django import forms

from tenants.audit.querysets import NOBODY, TrailFilter
from tenants.audit.words import sentence


class TrailFilterForm(forms.Form):
    """The filter above the trail, sent by GET; `people` are (id, name) of the tenant's members."""

    person = forms.ChoiceField(label="Person", required=False)
    verb = forms.ChoiceField(label="What happened", required=False)
    record = forms.CharField(
        label="Record", required=False, max_length=300, help_text="A part of its name, or its ID"
    )
    from_on = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    to_on = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, people: list[tuple[UUID, str]], verbs: list[str]) -> None:
        super().__init__(*args)
        chosen = self.data.get("verb", "")
        offered = sorted({*verbs, *([chosen] if chosen and len(chosen) <= 80 else [])})
        self.fields["verb"].choices = [  # type: ignore[attr-defined]
            ("", "Everything"),
            *((verb, sentence(verb)) for verb in offered),
        ]
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", "Everyone"),
            *((str(pk), name) for pk, name in people),
            (NOBODY, "Bowline and service keys"),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("from_on"), cleaned.get("to_on")
        if start and end and end < start:
            self.add_error("to_on", "Choose a day on or after the first one.")
        return cleaned

    def trail_filter(self) -> TrailFilter:
        """What was asked, of a valid form."""
        data = self.cleaned_data
        person = data["person"]
        return TrailFilter(
            person=UUID(person) if person not in ("", NOBODY) else person or None,
            verb=data["verb"],
            record=data["record"].replace("\x00", "").strip(),
            from_on=data["from_on"],
            to_on=data["to_on"],
        )
