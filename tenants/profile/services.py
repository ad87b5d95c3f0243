"""A login's own settings."""

import zoneinfo
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from tenants import audit
from tenants.errors import Invalid
from tenants.models import User
from tenants.services import validate
from tenants.sign_ins import record_own

FIELDS = ["name", "time_zone", "language", "theme"]


def profile_update(*, user: User, changes: dict[str, Any], request: HttpRequest) -> User:
    """Change name, zone, language or theme, in every company of the person at once.

    Runs outside of any tenant; the trail of each company notes it. Raises Invalid.
    """
    with transaction.atomic():
        current = User.objects.select_for_update().get(pk=user.pk)
        before = User.objects.get(pk=user.pk)
        for field in FIELDS:
            if field in changes:
                setattr(current, field, str(changes[field]).strip())
        _check(current)
        current.save(update_fields=FIELDS)
    if changed := audit.changed(before, current, FIELDS):
        record_own("member.profile_changed", user=current, request=request, **changed)
    return current


def _check(user: User) -> None:
    if not user.name:
        raise Invalid({"name": "Write your name as colleagues know it."})
    if user.time_zone and user.time_zone not in zoneinfo.available_timezones():
        raise Invalid({"time_zone": "Choose a time zone from the list."})
    if user.language not in dict(settings.LANGUAGES):
        raise Invalid({"language": "Choose a language from the list."})
    validate(user)
