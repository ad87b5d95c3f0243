"""Shapes of what a person says about themselves."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm as BaseResetPasswordForm
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenants import zones
from tenants.models import User
from tenants.sign_ins import afterwards
from tenants.ui.account import password_hint


class ResetPasswordForm(BaseResetPasswordForm):
    """Asks for a mail with a new password's link: the login is looked for after the answer has
    left, so that nothing about the answer, its time included, tells whether there is one."""

    def clean_email(self) -> str:
        """The address, nobody's yet."""
        address: str = get_adapter().clean_email(self.cleaned_data["email"].lower())
        return address

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        address: str = self.cleaned_data["email"]

        def send() -> None:
            super(ResetPasswordForm, self).clean_email()  # finds the logins
            super(ResetPasswordForm, self).save(request, **kwargs)

        afterwards(request, send)
        return address


def zone_choices() -> list[tuple[str, str]]:
    """Every place-named zone, those of one continent together."""
    names = sorted(name for name in zones.names() if _is_place(name))
    return [("", "As the company I look at"), ("UTC", "UTC"), *((n, _in_words(n)) for n in names)]


def _is_place(name: str) -> bool:
    area, slash, _rest = name.partition("/")
    return bool(slash) and area not in ("Etc", "SystemV", "posix", "right", "US", "Canada")


def _in_words(name: str) -> str:
    area, _slash, place = name.partition("/")
    return f"{place.replace('_', ' ').replace('/', ', ')} ({area})"


def _time(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": _("Write the time as hours and minutes: 09:00.")},
    )


class ProfileForm(forms.Form):
    """Name, zone, hours, language and theme of a login; the same in every company."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        error_messages={"required": _("Write your name as colleagues know it.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Times are shown in it, with its name beside them."),
    )
    working_hours_start = _time(_("You work from"))
    working_hours_end = _time(_("Until"))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(
        label=_("Appearance"), choices=User.Theme.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones: Any = self.fields["time_zone"]
        zones.choices = zone_choices()


class AcceptForm(forms.Form):
    """The first name and password of someone who was invited."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        error_messages={"required": _("Write your name as colleagues know it.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1000,
        strip=False,
        help_text=password_hint(),
        error_messages={"required": _("Choose a password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
