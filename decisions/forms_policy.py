"""The editor of the approval tiers: what was typed, and what its buttons do to it. No database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from django import forms
from django.http import QueryDict

from decisions import money, tiers
from decisions.forms import MoneyField, plain_digits
from decisions.models import ApprovalPolicy
from decisions.tiers import Tiers
from tenants.errors import Invalid
from tenants.models import Member
from tenants.permissions import Role
from tenants.ui.forms import DateInput, ServiceForm

RULES = (
    (tiers.Rule.ANY.value, "One approves"),
    (tiers.Rule.MAJORITY.value, "More than half of all"),
    (tiers.Rule.ALL.value, "All approve"),
)
ROLES = (Role.CTO, Role.FINANCE, Role.EXECUTIVE, Role.BOARD, Role.ADMIN, Role.TEAM)


@dataclass
class StepDraft:
    """A step as it was typed."""

    roles: list[str] = field(default_factory=list)
    rule: str = tiers.Rule.ANY.value
    hours: str = "48"
    parallel: bool = False

    @property
    def free_roles(self) -> list[tuple[str, str]]:
        """The roles that can still be added, as value and name."""
        return [(r.value, tiers.role_name(r)) for r in ROLES if r.value not in self.roles]


@dataclass
class TierDraft:
    """A tier as it was typed; the last one has no upper limit, whatever stands here."""

    up_to: str = ""
    inclusive: bool = False
    steps: list[StepDraft] = field(default_factory=lambda: [StepDraft()])


@dataclass
class TiersDraft:
    """All tiers as they were typed."""

    tiers: list[TierDraft]

    @classmethod
    def of(cls, rules: Tiers, currency: str) -> Self:
        """Tiers that are stored."""
        return cls(
            [
                TierDraft(
                    "" if tier.up_to is None else _typed(tier.up_to, currency),
                    tier.up_to_inclusive,
                    [
                        StepDraft(list(s.roles), s.rule, str(s.hours), s.parallel)
                        for s in tier.steps
                    ],
                )
                for tier in rules
            ]
        )

    @classmethod
    def read(cls, data: QueryDict) -> Self:
        """What was sent: `shape` says how many steps each tier has."""
        sizes = [int(text) for text in data.get("shape", "").split() if text.isdecimal()]
        return cls(
            [
                TierDraft(
                    data.get(f"t{t}_up_to", "")[:40].strip(),
                    data.get(f"t{t}_inclusive") == "1",
                    [_step(data, t, s) for s in range(min(size, tiers.MOST_STEPS))],
                )
                for t, size in enumerate(sizes[: tiers.MOST_TIERS])
            ]
        )

    @property
    def shape(self) -> str:
        return " ".join(str(len(tier.steps)) for tier in self.tiers)

    def change(self, do: str, data: QueryDict) -> bool:
        """What a button of the editor does; False where `do` is none of them."""
        verb, *where = do.split(":")
        if verb == "add-tier" and len(self.tiers) < tiers.MOST_TIERS:
            above = self.tiers[-1].steps if self.tiers else [StepDraft()]
            copied = [StepDraft(list(s.roles), s.rule, s.hours, s.parallel) for s in above]
            self.tiers.append(TierDraft(steps=copied))
            return True
        tier = self._at(self.tiers, where, 0)
        if tier is None:
            return verb == "add-tier"
        if verb == "remove-tier" and len(self.tiers) > 1:
            self.tiers = [each for each in self.tiers if each is not tier]  # equal ones stay
        elif verb == "add-step" and len(tier.steps) < tiers.MOST_STEPS:
            tier.steps.append(StepDraft())
        step = self._at(tier.steps, where, 1)
        if step is not None and verb == "remove-step" and len(tier.steps) > 1:
            tier.steps = [each for each in tier.steps if each is not step]
        elif step is not None and verb == "remove-role":
            step.roles = [role for role in step.roles if role != where[-1]]
        elif step is not None and verb == "add-role":
            added = data.get(f"t{where[0]}_s{where[1]}_add", "")
            step.roles += [role for role in _known([added]) if role not in step.roles]
        return verb in {"remove-tier", "add-step", "remove-step", "remove-role", "add-role"}

    def _at(self, rows: list[Any], where: list[str], place: int) -> Any:
        """The row that a button names, None where there is none; the same row, not an equal one."""
        text = where[place] if place < len(where) else ""
        number = int(text) if text.isdecimal() and len(text) < 4 else len(rows)
        return rows[number] if number < len(rows) else None

    def parsed(self, currency: str) -> tuple[Tiers, dict[str, str]]:
        """The tiers as the engine reads them, and what cannot be read, by dotted field."""
        errors: dict[str, str] = {}
        found = []
        for t, tier in enumerate(self.tiers):
            limit = None
            if t < len(self.tiers) - 1:
                limit = money.parse_amount(plain_digits(tier.up_to))
                if limit is None:
                    errors[f"tiers.{t}.up_to"] = "Give its limit in digits, such as 10,000."
            steps = []
            for s, step in enumerate(tier.steps):
                hours = int(step.hours) if step.hours.isdecimal() and len(step.hours) < 6 else 0
                steps.append(tiers.StepRule(tuple(step.roles), step.rule, hours, step.parallel))
                if hours == 0:
                    errors[f"tiers.{t}.steps.{s}.hours"] = (
                        f"Give 1 to {tiers.MOST_HOURS} hours to respond, in digits."
                    )
            found.append(tiers.Tier(limit, limit is not None and tier.inclusive, tuple(steps)))
        return tuple(found), errors


def _typed(amount: Decimal, currency: str) -> str:
    """The amount as people type it: 10,000, with decimals where they say something."""
    whole = amount == amount.to_integral_value()
    return f"{amount:,.0f}" if whole else f"{Decimal(money.plain(amount, currency)):,f}"


def _step(data: QueryDict, t: int, s: int) -> StepDraft:
    name = f"t{t}_s{s}"
    rule = data.get(f"{name}_rule", "")
    return StepDraft(
        roles=_known(data.getlist(f"{name}_role")),
        rule=rule if rule in dict(RULES) else tiers.Rule.ANY.value,
        hours=data.get(f"{name}_hours", "")[:10].strip(),
        parallel=s > 0 and data.get(f"{name}_parallel") == "1",
    )


def _known(roles: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(role for role in roles if role in {r.value for r in Role}))


class PolicyForm(ServiceForm):
    """What a version of the tiers says beside them: from when, and what counts together."""

    effective_on = forms.DateField(widget=DateInput, label="In force from")
    splitting_days = forms.IntegerField(min_value=0, max_value=365, label="Count together within")
    expires_after_days = forms.IntegerField(min_value=1, max_value=365, label="Expires after")
    own_authority = forms.BooleanField(
        required=False,
        label="Within own authority",
        help_text="Who alone decides the first tier may spend within it without asking. "
        "Finance’s monthly digest lists it.",
    )
    note = forms.CharField(max_length=500, required=False, label="Why it changes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tier_errors: dict[str, str] = {}

    def send(self, call: Callable[..., Any], **facts: Any) -> Any:
        """What the service answers; what it refuses about tiers stands in `tier_errors`."""
        try:
            return call(**facts)
        except Invalid as refused:
            for name, message in refused.errors.items():
                if name.startswith("tiers"):
                    self.tier_errors[name] = message
                else:
                    self.add_error(name if name in self.fields else None, message)
        return None

    def setting_changes(self, before: ApprovalPolicy) -> list[str]:
        """What changes beside the tiers, in words."""
        now = self.cleaned_data
        lines = []
        if now["own_authority"] != before.own_authority:
            lines.append(
                "Within own authority: allowed in tier 1"
                if now["own_authority"]
                else "Within own authority: no longer allowed"
            )
        for name, words in (
            ("splitting_days", "Requests count together within"),
            ("expires_after_days", "A request expires after"),
        ):
            if now[name] != getattr(before, name):
                lines.append(f"{words} {now[name]} days, not {getattr(before, name)}")
        return lines


class TryForm(forms.Form):
    """Who would approve an amount; `form_id` is the form that the fields belong to."""

    prefix = "try"

    amount = MoneyField(label="Committed amount")
    requester = forms.ChoiceField(required=False, label="Asked by")
    vendor = forms.CharField(max_length=160, required=False)

    def __init__(
        self, *args: Any, members: Iterable[Member], form_id: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.members = {str(member.pk): member for member in members}
        chooser = self.fields["requester"]
        assert isinstance(chooser, forms.ChoiceField)  # noqa: S101  for the type checker
        names = sorted((m.name, pk) for pk, m in self.members.items())
        chooser.choices = [("", "Anybody"), *((pk, name) for name, pk in names)]
        if form_id:
            for each in self.fields.values():
                each.widget.attrs["form"] = form_id
