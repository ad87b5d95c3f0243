"""A person's choices as a form."""

from typing import Any

from django import forms

from tenants.notifications.deliveries import SUGGESTED
from tenants.notifications.kinds import Email, Group
from tenants.notifications.models import NotificationPreferences
from tenants.notifications.preferences import chosen

WORDS = {Email.ONCE: "as it happens", Email.DAILY: "daily digest", Email.OFF: "no mail"}
BEGINNING = "email_"


class PreferencesForm(forms.Form):
    """A choice for each group, quiet hours, the digest's hour; `all_clients` is for many."""

    quiet_from = forms.TimeField(
        label="From", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label="Until",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    urgent_passes = forms.BooleanField(
        label="Urgent notifications may reach me in quiet hours", required=False
    )
    digest_hour = forms.TypedChoiceField(
        label="Send the daily digest at",
        choices=[(hour, f"{hour:02d}:00") for hour in range(24)],
        coerce=int,
    )
    all_clients = forms.BooleanField(label="Use this for all my clients", required=False)

    def __init__(
        self, *args: Any, groups: list[Group], mine: NotificationPreferences, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {
            "quiet_from": mine.quiet_from,
            "quiet_until": mine.quiet_until,
            "urgent_passes": mine.urgent_passes,
            "digest_hour": mine.digest_hour,
        }
        super().__init__(*args, **kwargs)
        self.groups = groups
        for group in groups:
            self.fields[BEGINNING + group.key] = forms.ChoiceField(
                label=group.name, choices=_choices(group), initial=chosen(group, mine)
            )

    def changes(self) -> dict[str, Any]:
        """What `preferences_update` takes."""
        data = self.cleaned_data
        found = {
            name: data[name]
            for name in ("quiet_from", "quiet_until", "urgent_passes", "digest_hour")
        }
        email = {group.key: data[BEGINNING + group.key] for group in self.groups}
        return found | {"email": email}


def _choices(group: Group) -> list[tuple[str, str]]:
    suggested = {kind.email for kind in group.kinds}
    said = WORDS[next(iter(suggested))] if len(suggested) == 1 else "each as it fits"
    return [
        (SUGGESTED, f"Suggested: {said}"),
        (Email.ONCE.value, "As it happens"),
        (Email.DAILY.value, "In the daily digest"),
        (Email.OFF.value, "No mail"),
    ]
