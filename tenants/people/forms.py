"""Shapes of what is sent from the people pages."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tenants.models import Member
from tenants.people.rights import scopes_by_area
from tenants.permissions import ROLE_NAMES, Role
from tenants.second_factor import GRACE_DAYS

_ROLES = [(role.value, ROLE_NAMES[role]) for role in Role]


class RolesField(forms.MultipleChoiceField):
    """One or more roles."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=_ROLES,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Choose at least one role.")},
            **kwargs,
        )


class InviteForm(forms.Form):
    """Who is asked, and what for."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        error_messages={"required": _("Write the address that the invitation goes to.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        help_text=_(
            "Shown here until they accept. Then they are called what they call themselves."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    title = forms.CharField(label=_("Title"), max_length=120, required=False)
    roles = RolesField(label=_("Roles"))


class RolesForm(forms.Form):
    """All the roles a member has from now on."""

    roles = RolesField(label=_("Roles"))


class PeopleFilterForm(forms.Form):
    """Whom the list shows."""

    q = forms.CharField(label=_("Search"), required=False, max_length=120)
    role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[("", _("Every role")), *_ROLES]
    )
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("Here and invited")), *Member.Status.choices],
    )


class SecondFactorForm(forms.Form):
    """Whether everyone needs a second factor, and from when."""

    required = forms.TypedChoiceField(
        label=_("Second factor"),
        coerce=lambda value: value == "yes",
        choices=[("no", _("Up to each person")), ("yes", _("Everyone needs one"))],
        widget=forms.RadioSelect,
    )
    grace_days = forms.TypedChoiceField(
        label=_("From when"),
        coerce=int,
        empty_value="0",
        required=False,
        choices=[
            (days, _("At once") if days == 0 else _("In %(n)s days") % {"n": days})
            for days in GRACE_DAYS
        ],
    )


class KeyForm(forms.Form):
    """A new API key: one's own, or for admins a service's with named scopes."""

    OWN, SERVICE = "own", "service"
    LIVES = (("30", _("30 days")), ("90", _("90 days")), ("365", _("a year")), ("", _("no end")))

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_("What uses it, such as: nightly import."),
        error_messages={"required": _("Say what will use the key.")},
    )
    kind = forms.ChoiceField(
        label=_("Acts as"),
        choices=[
            (OWN, _("Me: it may what I may, and ends when I leave")),
            (SERVICE, _("A service: it may what is ticked below")),
        ],
        widget=forms.RadioSelect,
        initial=OWN,
    )
    lives = forms.ChoiceField(label=_("Works for"), choices=LIVES, required=False, initial="90")
    scopes = forms.MultipleChoiceField(
        label=_("The service may"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, may_service: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.areas = scopes_by_area()
        scopes: Any = self.fields["scopes"]
        scopes.choices = [pair for _, pairs in self.areas for pair in pairs]
        if not may_service:
            del self.fields["kind"], self.fields["scopes"]

    @property
    def is_service(self) -> bool:
        return self.cleaned_data.get("kind") == self.SERVICE

    def expires_at(self) -> dt.datetime | None:
        """When the key ends; None for never."""
        days = self.cleaned_data["lives"]
        return timezone.now() + dt.timedelta(days=int(days)) if days else None
