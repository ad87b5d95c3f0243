"""Every route of the site, and what each answers to whom.

Pages of a tenant carry their rights themselves (`@tenant_page`); they are held against the literal
role matrix. Everything else must stand in one of the tables here, or the suite fails.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver, reverse
from django.urls.converters import get_converters

# route name: why everybody may call it without signing in
OPEN = {
    "healthz": "liveness, for machines; says nothing about anybody",
    "readyz": "readiness, the same",
    "metrics": "figures of the process; from loopback, or with a token",
    "account_login": "the sign-in itself",
    "account_logout": "leaving; sends a visitor on",
    "account_inactive": "says that a login was switched off",
    "account_signup": "says that sign-up is closed",
    "account_email_verification_sent": "says that a mail was sent",
    "account_confirm_email": "the link in that mail, with its own secret",
    "account_reset_password": "asks for a mail; answers the same for every address",
    "account_reset_password_done": "says so",
    "account_reset_password_from_key": "the link in that mail, with its own secret",
    "account_reset_password_from_key_done": "says so",
    "notification_unsubscribe": "the link in a mail, signed for one person and group (RFC 8058)",
    "invitation": "the link in an invitation's mail, with its own secret",
    "mfa_authenticate": "the second step of the sign-in; sends a visitor back to the first",
    "mfa_login_webauthn": "the sign-in by passkey; a limited number of times",
    "account_confirm_login_code": "part of the sign-in; sends a visitor back to it",
}
# route name: why it stands outside of any tenant; a visitor is asked to sign in
SIGNED_IN = {
    "home": "leads to the person's tenants",
    "portfolio": "the person's own memberships alone",
    "notification_settings": "how the person is told, in each of their companies",
    "account_email": "the login's addresses",
    "account_change_password": "the login's password",
    "account_set_password": "the login's first password",
    "account_reauthenticate": "asks for the password again",
    "profile": "the login's name, zone, language and theme",
    "second_factor": "leads to a second factor, for a company that asks for one",
    "session_end": "signs the login out in one place",
    "usersessions_list": "where the login is signed in",
    "mfa_index": "the login's second factors",
    "mfa_reauthenticate": "asks for a code again",
    "mfa_activate_totp": "the login's authenticator app",
    "mfa_deactivate_totp": "the same",
    "mfa_view_recovery_codes": "the login's recovery codes",
    "mfa_generate_recovery_codes": "the same",
    "mfa_download_recovery_codes": "the same",
    "mfa_list_webauthn": "the login's passkeys",
    "mfa_add_webauthn": "the same",
    "mfa_edit_webauthn": "the same",
    "mfa_remove_webauthn": "the same",
    "mfa_reauthenticate_webauthn": "asks for a passkey again",
}
# beginning of the address: the test that walks those routes instead
ELSEWHERE = {
    "api/v1/": "tests/tenants/api: the API's own table of actions, roles and keys",
    "dev/": "only while DEBUG is on",
}
# route name: why it is not refused as a change while the company rests, but by its own rule
OPENS_AGAIN = {"tenant_restore": "opens an archived company again; a suspended one is not archived"}
# route name: why it works while the company rests, so that an id that is none is not found
TAKES_ALONG = {"handover_build": "what may still be read may be taken along"}
# route name: why a member with the right may still be refused by a rule of the record
NARROWER: dict[str, str] = {}

MONDAY = dt.date(2026, 3, 2)


@dataclass(frozen=True)
class Route:
    """One URL pattern; `kinds` are its path parameters beside the slug, by their converter."""

    name: str
    pattern: str
    access: Any
    kinds: dict[str, str]

    @property
    def is_tenants(self) -> bool:
        return self.pattern.startswith("t/<slug:slug>/")

    def path(self, slug: str, **values: Any) -> str:
        """Its address; `values` by parameter."""
        return reverse(self.name, kwargs={"slug": slug, **values})


def all_routes() -> list[Route]:
    """Every pattern of the site's URL configuration, includes resolved."""
    return list(_walk(get_resolver(), ""))


def tenant_routes() -> list[Route]:
    """The pages of a tenant."""
    return [route for route in all_routes() if route.is_tenants]


def sample(kind: str) -> Any:
    """A value that the path converter `kind` takes; raises LookupError for one that takes none."""
    converter = get_converters()[kind]
    for value in (MONDAY, "x", 1, "2026-03-02", "day", "week", "2026"):
        try:
            text = str(converter.to_url(value))
        except (AttributeError, TypeError, ValueError):
            continue
        if re.fullmatch(converter.regex, text):
            return value
    raise LookupError(f"Add a value for the path converter {kind!r} to tests/guards/routes.py.")


def unlisted(routes: list[Route]) -> list[str]:
    """What stands in no table, or claims a tenant's rights outside of a tenant's address."""
    found = []
    for route in routes:
        shown = f"{route.name or '(no name)'}: /{route.pattern}"
        if any(route.pattern.startswith(beginning) for beginning in ELSEWHERE):
            continue
        if route.is_tenants:
            if route.access is None:
                found.append(f"{shown} has no @tenant_page")
            if not route.name:
                found.append(f"{shown} has no name")
        elif route.access is not None:
            found.append(f"{shown} has @tenant_page but no tenant in its address")
        elif route.name not in OPEN | SIGNED_IN:
            found.append(f"{shown} is in no table of tests/guards/routes.py")
    return found


def _walk(resolver: Any, prefix: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from _walk(entry, pattern)
            continue
        kinds = {name: kind or "str" for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", pattern)}
        kinds.pop("slug", None)
        yield Route(entry.name or "", pattern, getattr(entry.callback, "access", None), kinds)
