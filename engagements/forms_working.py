"""Shape of what people type about the charter, absences, the plan, the people map and the tools."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms

from engagements.boundaries import Boundaries, boundaries_in
from engagements.models import (
    CHECKLIST,
    CLAUSE_LENGTH,
    Charter,
    Clause,
    CommunicationTool,
    Counting,
    DecisionKind,
    DecisionRule,
    EscalationStep,
    IntegrationActivity,
    MoneyLimit,
    Stakeholder,
    Urgency,
)
from tenants.errors import Invalid
from tenants.models import Member
from tenants.permissions import ROLE_NAMES
from tenants.ui.forms import DateInput, OnceForm, ServiceForm

STEPS_SHOWN = 6
KNOWN_TICKS = [("", "Not checked"), ("true", "Yes"), ("false", "No")]
_SINGLE = {"effective_on", "review_on", "summary", "deputy_from_days"}


def member_choices(
    members: Iterable[Member], none: str, *, but: Member | None = None
) -> list[tuple[str, str]]:
    """Everybody by name, and nobody as `none`."""
    found = [(str(m.pk), m.name) for m in members if m != but]
    return [("", none), *sorted(found, key=lambda pair: pair[1].casefold())]


class CharterForm(ServiceForm):
    """A draft: eight texts, and the live fields beside them."""

    summary = forms.CharField(
        label="What is new", max_length=300, required=False, help_text="One sentence for everybody."
    )
    deputy_from_days = forms.IntegerField(
        label="A deputy is needed from",
        min_value=1,
        max_value=365,
        required=False,
        help_text="Days away. Empty: never.",
    )
    effective_on = forms.DateField(label="In force from", widget=DateInput, required=False)
    review_on = forms.DateField(label="Looked at again on", widget=DateInput, required=False)

    def __init__(
        self,
        *args: Any,
        charter: Charter,
        steps: Iterable[EscalationStep],
        members: Iterable[Member],
        tools: Iterable[CommunicationTool],
        **kwargs: Any,
    ) -> None:
        self.members = {str(member.pk): member for member in members}
        self.tools = {str(tool.pk): tool for tool in tools}
        path = list(steps)
        kwargs["initial"] = _charter_initial(charter, path) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        for clause in Clause:
            self.fields[f"clause_{clause.value}"] = forms.CharField(
                label=clause.label,
                max_length=CLAUSE_LENGTH,
                required=False,
                widget=forms.Textarea(attrs={"rows": 4}),
            )
        for kind in DecisionKind:
            self.fields[f"rule_{kind.value}"] = forms.ChoiceField(
                label=kind.label, choices=DecisionRule.choices
            )
            self.fields[f"limit_{kind.value}"] = forms.ChoiceField(
                label=f"{kind.label}: up to where", choices=MoneyLimit.choices
            )
        for urgency in Urgency:
            self.fields[f"amount_{urgency.value}"] = forms.IntegerField(
                label=urgency.label, min_value=1, max_value=1440
            )
            self.fields[f"counted_{urgency.value}"] = forms.ChoiceField(
                label=f"{urgency.label}: counted in", choices=Counting.choices
            )
        self._add_channels_and_path()

    def _add_channels_and_path(self) -> None:
        tools = [(pk, f"{t.platform}, {t.get_type_display()}") for pk, t in self.tools.items()]
        for name, label in (
            ("normal_channel", "Questions and news go to"),
            ("urgent_channel", "Urgent matters go to"),
        ):
            self.fields[name] = forms.ChoiceField(
                label=label, required=False, choices=[("", "Not named"), *tools]
            )
        roles = [(f"role:{role.value}", f"{name} (role)") for role, name in ROLE_NAMES.items()]
        people = [
            (f"member:{pk}", name) for pk, name in member_choices(self.members.values(), "")[1:]
        ]
        for place in range(1, STEPS_SHOWN + 1):
            self.fields[f"step_{place}"] = forms.ChoiceField(
                label=f"Step {place}", required=False, choices=[("", "Nobody"), *roles, *people]
            )

    def changes(self) -> dict[str, Any]:
        """The cleaned fields as `charter_update` takes them."""
        data = self.cleaned_data
        return {
            "summary": data["summary"],
            "deputy_from_days": data["deputy_from_days"],
            "effective_on": data["effective_on"],
            "review_on": data["review_on"],
            "clauses": {c: data[f"clause_{c}"] for c in Clause.values},
            "decisions": {
                k: {"rule": data[f"rule_{k}"], "limit": data[f"limit_{k}"]}
                for k in DecisionKind.values
            },
            "response_times": {
                u: {"amount": data[f"amount_{u}"], "counted": data[f"counted_{u}"]}
                for u in Urgency.values
            },
            "normal_channel": self.tools.get(data["normal_channel"]),
            "urgent_channel": self.tools.get(data["urgent_channel"]),
            "escalation_path": self.path(),
        }

    def path(self) -> list[dict[str, Any]]:
        """The chosen steps in their order; empty places do not count."""
        found = []
        for place in range(1, STEPS_SHOWN + 1):
            kind, _, which = self.cleaned_data.get(f"step_{place}", "").partition(":")
            if kind == "role":
                found.append({"role": which})
            elif kind == "member":
                found.append({"member": self.members[which]})
        return found

    def send(self, call: Callable[..., Any], **facts: Any) -> Any:
        """As every form, with the services' dotted names under this form's own."""
        try:
            return call(**facts)
        except Invalid as refused:
            for field, message in refused.errors.items():
                self.add_error(self._own(field), message)
            if not refused.errors:
                self.add_error(None, refused.message)
            return None

    def _own(self, field: str) -> str | None:
        group, _, key = field.partition(".")
        own = {
            "clauses": f"clause_{key}",
            "response_times": f"amount_{key}",
            "decisions": f"rule_{key}",
            "escalation_path": "step_1",
        }.get(group, field)
        return own if own in self.fields else None


def _charter_initial(charter: Charter, steps: list[EscalationStep]) -> dict[str, Any]:
    """The stored version as the form's fields."""
    found: Boundaries = boundaries_in(charter, steps)
    initial: dict[str, Any] = {name: getattr(charter, name) for name in _SINGLE}
    initial |= {f"clause_{clause}": charter.text_of(clause) for clause in Clause.values}
    for kind in DecisionKind.values:
        decider = found.decider_of(kind)
        initial |= {f"rule_{kind}": decider.rule.value, f"limit_{kind}": decider.limit.value}
    for urgency in Urgency.values:
        time = found.response_time(urgency)
        initial |= {f"amount_{urgency}": time.amount, f"counted_{urgency}": time.counted.value}
    initial |= {
        "normal_channel": str(charter.normal_channel_id or ""),
        "urgent_channel": str(charter.urgent_channel_id or ""),
    }
    for place, step in enumerate(steps[:STEPS_SHOWN], start=1):
        initial[f"step_{place}"] = f"role:{step.role}" if step.role else f"member:{step.member_id}"
    return initial


class PublishForm(ServiceForm):
    """From when a draft is in force, and when it is looked at again."""

    effective_on = forms.DateField(label="In force from", widget=DateInput)
    review_on = forms.DateField(label="Looked at again on", widget=DateInput)


class ReviewForm(ServiceForm):
    """When the charter is looked at next."""

    review_on = forms.DateField(label="Next review on", widget=DateInput)


class CoverageForm(ServiceForm):
    """Who is away when, and who covers."""

    member = forms.ChoiceField(label="Who is away")
    starts_on = forms.DateField(label="First day off", widget=DateInput)
    ends_on = forms.DateField(label="Last day off", widget=DateInput)
    deputy = forms.ChoiceField(label="Who covers", required=False)
    note = forms.CharField(
        max_length=500,
        required=False,
        help_text="Everybody reads it: what is covered, and how to reach the deputy.",
    )

    def __init__(
        self, *args: Any, members: Iterable[Member], away: Iterable[Member], **kwargs: Any
    ) -> None:
        """`members` may cover; `away` are those whose absence the reader may plan."""
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member in [*members, *away]}
        who, deputy = self.fields["member"], self.fields["deputy"]
        assert isinstance(who, forms.ChoiceField)  # noqa: S101  for the type checker
        assert isinstance(deputy, forms.ChoiceField)  # noqa: S101
        who.choices = member_choices(away, "")[1:]
        deputy.choices = member_choices(self.members.values(), "Nobody")

    def facts(self) -> dict[str, Any]:
        """The cleaned fields with members instead of their ids."""
        data = dict(self.cleaned_data)
        return data | {
            "member": self.members[data["member"]],
            "deputy": self.members.get(data["deputy"]),
        }


class ActivityForm(OnceForm):
    """An activity of the integration plan."""

    title = forms.CharField(max_length=160, min_length=2)
    phase = forms.ChoiceField(choices=IntegrationActivity.Phase.choices)
    kind = forms.ChoiceField(choices=IntegrationActivity.Kind.choices)
    person = forms.ChoiceField(label="With whom", required=False)
    planned_on = forms.DateField(label="Planned for", widget=DateInput, required=False)
    status = forms.ChoiceField(choices=IntegrationActivity.Status.choices)
    done_on = forms.DateField(label="Done on", widget=DateInput, required=False)
    outcome = forms.CharField(
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Everybody at the company reads it.",
    )

    def __init__(self, *args: Any, people: Iterable[Stakeholder], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in people}
        field = self.fields["person"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        named = [(pk, person.name) for pk, person in self.people.items()]
        field.choices = [("", "Nobody named"), *sorted(named, key=lambda p: p[1].casefold())]

    def facts(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        return data | {"person": self.people.get(data["person"])}


class StakeholderForm(OnceForm):
    """Somebody on the people map."""

    member = forms.ChoiceField(label="Member of Bowline", required=False)
    name = forms.CharField(
        max_length=120, required=False, help_text="A member’s own name if left empty."
    )
    department = forms.CharField(max_length=120, required=False)
    role = forms.CharField(label="Job", max_length=120, required=False)
    influence = forms.TypedChoiceField(coerce=int, choices=Stakeholder.Influence.choices)
    support = forms.TypedChoiceField(
        label="Attitude", coerce=int, choices=Stakeholder.Support.choices
    )
    notes = forms.CharField(
        max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, members: Iterable[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member in members}
        field = self.fields["member"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = member_choices(self.members.values(), "No member")

    def facts(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        return data | {"member": self.members.get(data["member"])}


class ToolForm(ServiceForm):
    """A platform of the register."""

    type = forms.ChoiceField(choices=CommunicationTool.Type.choices)
    platform = forms.CharField(max_length=80)
    status = forms.ChoiceField(choices=CommunicationTool.Status.choices)
    link = forms.CharField(
        max_length=500, required=False, help_text="Where it is, beginning with https://."
    )
    purpose = forms.CharField(max_length=300, required=False)
    expected_reply_hours = forms.IntegerField(
        label="A reply is expected within", min_value=1, max_value=400, required=False
    )
    monthly_cost = forms.DecimalField(
        label="Cost a month", min_value=0, max_digits=12, decimal_places=2, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in CHECKLIST.items():
            self.fields[name] = forms.TypedChoiceField(
                label=label,
                required=False,
                choices=KNOWN_TICKS,
                coerce=lambda text: text == "true",
                empty_value=None,
            )


def tick_initial(value: bool | None) -> str:
    """A tick as its field shows it."""
    return "" if value is None else str(value).lower()


def initial_of(row: Any, names: Mapping[str, Any] | Iterable[str]) -> dict[str, Any]:
    """A row's fields as a form starts with them; references by their id."""
    found = {}
    for name in names:
        value = getattr(row, f"{name}_id", None) if hasattr(row, f"{name}_id") else None
        found[name] = str(value) if value is not None else getattr(row, name, None)
        if hasattr(row, f"{name}_id") and value is None:
            found[name] = ""
    return found
