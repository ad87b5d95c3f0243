"""A login's own settings."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from tenants import audit, zones
from tenants.errors import Invalid
from tenants.models import User
from tenants.services import validate
from tenants.sign_ins import record_own

TEXTS = ["name", "time_zone", "language", "theme"]
HOURS = ["working_hours_start", "working_hours_end"]
FIELDS = [*TEXTS, *HOURS]


def profile_update(*, user: User, changes: dict[str, Any], request: HttpRequest) -> User:
    """Change name, zone, language, theme or working hours, in every company of the person at once.

    Runs outside of any tenant; the trail of each company notes it. Raises Invalid.
    """
    with transaction.atomic():
        current = User.objects.select_for_update().get(pk=user.pk)
        before = User.objects.get(pk=user.pk)
        for field in FIELDS:
            if field in changes:
                value = changes[field]
                setattr(current, field, str(value).strip() if field in TEXTS else value)
        _check(current)
        current.save(update_fields=FIELDS)
    if changed := audit.changed(before, current, FIELDS):
        record_own("member.profile_changed", user=current, request=request, **changed)
    return current


def _check(user: User) -> None:
    if not user.name:
        raise Invalid({"name": "Write your name as colleagues know it."})
    if user.time_zone and user.time_zone not in zones.names():
        raise Invalid({"time_zone": "Choose a time zone from the list."})
    if user.language not in dict(settings.LANGUAGES):
        raise Invalid({"language": "Choose a language from the list."})
    start, end = user.working_hours_start, user.working_hours_end
    if (start is None) != (end is None):
        missing = "working_hours_start" if start is None else "working_hours_end"
        raise Invalid({missing: "Say from when and until when, or leave both empty."})
    if start is not None and start == end:
        raise Invalid({"working_hours_end": "Choose another time than the start."})
    validate(user)
