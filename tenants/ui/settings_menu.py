"""The settings' own navigation: apps register their pages here, so it lists only pages that exist.

In `AppConfig.ready`:

    settings_menu.register(SettingsPage(key="tiers", label="Approval tiers", url_name="tiers",
                                        permission="policy.manage", order=50, hint="Who approves"))

A page shows the tabs with `{{ settings.tabs(request) }}` of `templates/settings/_tabs.html`.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, kw_only=True)
class SettingsPage:
    """One page of a company's settings; `url_name` is reversed with the tenant's slug alone.

    `permission` is a right of the role matrix, empty for every member; `hint` says in one line
    what is set there.
    """

    key: str
    label: str
    url_name: str
    hint: str
    permission: str = "tenant.manage"
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class SettingsLink:
    """A page of the settings as one reader sees it."""

    key: str
    label: str
    hint: str
    href: str
    current: bool


PAGES: list[SettingsPage] = []


def register(*pages: SettingsPage) -> None:
    """Add pages, called from `AppConfig.ready`; a known key is replaced."""
    keys = {page.key for page in pages}
    PAGES[:] = sorted([p for p in PAGES if p.key not in keys] + list(pages), key=lambda p: p.order)


def links(request: HttpRequest) -> list[SettingsLink]:
    """The pages that the reader may open, the one being read marked current."""
    member, slug = request.member, request.tenant.slug  # type: ignore[attr-defined]
    found = [
        (page, reverse(page.url_name, kwargs={"slug": slug}))
        for page in PAGES
        if not page.permission or member.can(page.permission)
    ]
    here = max((href for _, href in found if request.path.startswith(href)), key=len, default="")
    return [
        SettingsLink(
            key=page.key, label=page.label, hint=page.hint, href=href, current=href == here
        )
        for page, href in found
    ]
