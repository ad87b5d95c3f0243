"""Shape of what people type about the roadmap; rules are the services'."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django import forms

from engagements.impact import DIMENSION_NAMES, DIMENSIONS, LEVELS
from engagements.models import Initiative
from engagements.services import Proposal
from tenants.models import Member
from tenants.ui.forms import DateInput, OnceForm, ServiceForm

_ENDS = {
    "business_value": ("little", "a lot"),
    "resource_demand": ("few people", "many people"),
    "timeline": ("weeks", "a year or more"),
    "risk": ("safe", "risky"),
}
SORTS = [
    ("score", "Impact score"),
    ("due", "Due date"),
    ("progress", "Progress"),
    ("title", "Title"),
]


def score_choices(name: str) -> list[tuple[int, str]]:
    """1 to 5 with words at both ends."""
    low, high = _ENDS[name]
    return [(1, f"1: {low}"), (2, "2"), (3, "3"), (4, "4"), (5, f"5: {high}")]


def members_by_name(members: Iterable[Member]) -> list[tuple[str, str]]:
    """Choices of people by name."""
    return sorted(((str(m.pk), m.name) for m in members), key=lambda pair: pair[1].casefold())


class InitiativeForm(OnceForm):
    """An initiative; `members` are the company's active ones."""

    title = forms.CharField(max_length=120, min_length=2)
    expected_result = forms.CharField(
        max_length=200, required=False, help_text="What changes, in numbers where there are any."
    )
    business_value = forms.TypedChoiceField(coerce=int, choices=score_choices("business_value"))
    resource_demand = forms.TypedChoiceField(coerce=int, choices=score_choices("resource_demand"))
    timeline = forms.TypedChoiceField(coerce=int, choices=score_choices("timeline"))
    risk = forms.TypedChoiceField(coerce=int, choices=score_choices("risk"))
    horizon = forms.ChoiceField(
        choices=[("short", "Short: 3 to 6 months"), ("long", "Long")], widget=forms.RadioSelect
    )
    owner = forms.ChoiceField(required=False)
    starts_on = forms.DateField(label="Starts on", required=False, widget=DateInput)
    due_on = forms.DateField(label="Due on", required=False, widget=DateInput)
    budget_amount = forms.DecimalField(
        label="Budget", min_value=0, max_digits=14, decimal_places=2, required=False
    )

    def __init__(self, *args: Any, members: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member in members}
        owners = self.fields["owner"]
        assert isinstance(owners, forms.ChoiceField)  # noqa: S101  for the type checker
        owners.choices = [("", "Nobody yet"), *members_by_name(self.members.values())]

    def facts(self) -> dict[str, Any]:
        """The cleaned fields as services take them: the owner instead of an id."""
        return self.cleaned_data | {"owner": self.members.get(self.cleaned_data["owner"])}


class ProgressForm(ServiceForm):
    """How it goes; `statuses` are the ones that may follow."""

    status = forms.ChoiceField()
    progress_percent = forms.IntegerField(label="Progress", min_value=0, max_value=100)

    def __init__(self, *args: Any, statuses: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["status"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = [(s, str(Initiative.Status(s).label)) for s in statuses]


class MilestoneForm(OnceForm):
    """A step."""

    title = forms.CharField(label="Milestone", max_length=120, min_length=2)
    due_on = forms.DateField(label="Due on", required=False, widget=DateInput)


class RoadmapFilterForm(forms.Form):
    """What of the roadmap is shown, and in which order."""

    q = forms.CharField(label="Search", max_length=120, required=False)
    impact = forms.ChoiceField(
        required=False, choices=[("", "Any"), *((lv, lv.capitalize()) for lv in LEVELS)]
    )
    status = forms.ChoiceField(
        required=False,
        choices=[("", "Open"), ("all", "All"), *Initiative.Status.choices],
    )
    horizon = forms.ChoiceField(required=False, choices=[("", "Any"), *Initiative.Horizon.choices])
    owner = forms.ChoiceField(required=False)
    sort = forms.ChoiceField(label="Order", required=False, choices=SORTS)

    def __init__(self, *args: Any, members: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owners = self.fields["owner"]
        assert isinstance(owners, forms.ChoiceField)  # noqa: S101  for the type checker
        owners.choices = [("", "Anybody"), *members_by_name(members)]


class WeightsForm(ServiceForm):
    """How the scores count from a day on."""

    effective_on = forms.DateField(label="From", widget=DateInput)
    business_value = forms.IntegerField(min_value=0, max_value=100)
    resource_demand = forms.IntegerField(min_value=0, max_value=100)
    timeline = forms.IntegerField(min_value=0, max_value=100)
    risk = forms.IntegerField(min_value=0, max_value=100)
    high_from = forms.DecimalField(
        label="High from", min_value=1, max_value=5, max_digits=3, decimal_places=2
    )
    medium_from = forms.DecimalField(
        label="Medium from", min_value=1, max_value=5, max_digits=3, decimal_places=2
    )
    reason = forms.CharField(max_length=300, help_text="It stays with this version.")


class RoadmapSettingsForm(ServiceForm):
    """How often, and the target mix."""

    review_every_months = forms.IntegerField(label="Review every", min_value=1, max_value=12)
    short_target_percent = forms.IntegerField(
        label="Short-term share wanted", min_value=0, max_value=100
    )


class PrioritiesForm(ServiceForm):
    """The scores of all open initiatives at once, with a reason for each that changes."""

    note = forms.CharField(
        label="What was discussed", max_length=1000, required=False, widget=forms.Textarea
    )

    def __init__(self, *args: Any, rows: Sequence[Initiative], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            for name in DIMENSIONS:
                self.fields[field_name(name, row.pk)] = forms.TypedChoiceField(
                    coerce=int,
                    label=f"{DIMENSION_NAMES[name]} of {row.title}",
                    choices=[(n, str(n)) for n in range(1, 6)],
                    initial=getattr(row, name),
                )
                self.fields[field_name(f"seen_{name}", row.pk)] = forms.IntegerField(
                    widget=forms.HiddenInput, initial=getattr(row, name)
                )
            self.fields[field_name("reason", row.pk)] = forms.CharField(
                label=f"Why the scores of {row.title} change", max_length=300, required=False
            )

    def proposals(self) -> dict[UUID, Proposal]:
        """What was proposed for each initiative whose scores changed."""
        data = self.cleaned_data
        found = {}
        for row in self.rows:
            scores = {name: data[field_name(name, row.pk)] for name in DIMENSIONS}
            seen = {name: data[field_name(f"seen_{name}", row.pk)] for name in DIMENSIONS}
            if scores != seen:
                reason = data[field_name("reason", row.pk)]
                found[row.pk] = Proposal(scores=scores, reason=reason, seen=seen)
        return found


def field_name(name: str, pk: Any) -> str:
    """The name of an initiative's own field in the form of all."""
    return f"{name}_{pk}"
