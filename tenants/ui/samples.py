"""Sample content of the components page; no product page uses it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from tenants.ui.plans import Dot, Span


class SampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(help_text="Start with what is bought or changed")
    needed_on = forms.DateField(label="Needed by", input_formats=["%d %b %Y"])
    amount = forms.DecimalField(widget=forms.TextInput)
    minutes = forms.DecimalField(label="Delivery", required=False)
    owner = forms.ChoiceField(choices=[("ev", "Elena Vasquez"), ("pr", "Priya Raman")])
    summary = forms.CharField(widget=forms.Textarea, label="What changed this week")
    health = forms.ChoiceField(
        label="Engagement health",
        choices=[("on_track", "On track"), ("watch", "Watch"), ("off_track", "Off track")],
        widget=forms.RadioSelect,
    )
    shown = forms.MultipleChoiceField(
        label="Show on the dashboard",
        choices=[("uptime", "Uptime"), ("cycle", "Cycle time")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    tell = forms.BooleanField(label="Tell the client, and ask for 16 more hours", required=False)


def sample_form() -> SampleForm:
    """Return a form that was filled in with two mistakes."""
    form = SampleForm(
        {
            "title": "Fleet telemetry gateway",
            "needed_on": "13 Oct",
            "amount": "12k5",
            "minutes": "4.0",
            "owner": "ev",
            "summary": "Onboarding is ready for all customers from Monday.",
            "health": "on_track",
            "shown": ["uptime"],
            "tell": "on",
        },
        auto_id="s_%s",
    )
    form.fields["needed_on"].error_messages["invalid"] = "Write the date as 16 Oct 2026"
    form.fields["amount"].error_messages["invalid"] = "Enter dollars as a number, such as 12,500"
    return form


def samples() -> dict[str, Any]:
    """Return the series and texts that the components page draws."""
    now = datetime.now(tz=UTC)
    today = now.date()
    half = timedelta(days=90)
    weeks = [f"W{n}" for n in range(17, 43)]
    cycle = [
        9.4, 9.6, 9.1, 9.3, 8.9, 9.0, 8.8, 8.6, 8.1, 8.3, 7.9, 8.0, 7.7,
        7.8, 7.9, 7.6, 7.8, 7.1, 6.9, 7.0, 6.6, 6.4, 6.3, 6.9, 6.1, 6.2,
    ]  # fmt: skip
    return {
        "now": now,
        "soon": now + timedelta(days=1),
        "weeks": weeks,
        "cycle": cycle,
        "cycle_target": [6.5] * 19 + [5.0] * 7,
        "cycle_tips": [f"{w}: {v} days" for w, v in zip(weeks, cycle, strict=True)],
        "gaps": [99.91, 99.95, None, None, 99.92, 99.96, None, 99.9, 99.93, 99.95],
        "response": [322, 318, 330, 335, 329, 341, 352, 360, 371, 388, 401, 412],
        "hours": [12, 13.5, 11, 14, None, 15, 19.5, 9.5],
        "done": [0, 4, 9, 15, 22, 26, 31, 41, 52],
        "scope": [80, 80, 80, 80, 86, 86, 92, 92, 92, 92, 92, 92, 92, 92],
        "plan": [0, 7, 14, 21, 28, 35, 42, 49, 56, 64, 71, 78, 85, 92],
        "burnup_weeks": [f"W{n}" for n in range(34, 48)],
        "dots": [
            Dot(Decimal("2.5"), Decimal("4.2"), 1, "Robot onboarding, 4.2"),
            Dot(Decimal(4), Decimal("3.6"), 2, "Scheduling engine, 3.6"),
            Dot(Decimal(3), Decimal("1.8"), 3, "Console polish, 1.8"),
        ],
        "levels": [(Decimal("3.7"), "High from 3.7")],
        "spans": [
            Span("Robot onboarding", today - half, today + half / 3, 72, marks=[(today, True)]),
            Span("Console polish", today, today + half, 10, "b-warn", [(today + half / 2, False)]),
        ],
        "first": today - half,
        "last": today + half,
        "quarters": [(today - half, "Q3"), (today, "Q4")],
    }
