"""The shell's navigation: apps register their pages here, so it lists only pages that exist."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from tenants import doors
from tenants.ui.addresses import address

Permission = str | Callable[[Any], bool]


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One page of a tenant in the side navigation.

    `url_name` is reversed with the tenant's slug alone. `permission` is a right of
    the role matrix, or a function of the member; empty means every member. `count` answers
    how many things on that page wait for the reader: one cheap query, or none.
    """

    key: str
    label: str
    icon: str
    url_name: str
    permission: Permission = ""
    order: int = 100
    foot: bool = False
    count: Callable[[HttpRequest], int] | None = None

    def visible_to(self, member: Any) -> bool:
        """Tell whether `member` may open the page."""
        if not self.permission:
            return True
        if callable(self.permission):
            return self.permission(member)
        return bool(member.can(self.permission))


@dataclass(frozen=True, kw_only=True)
class NavLink:
    """A navigation item as the page shows it to one reader."""

    key: str
    label: str
    icon: str
    href: str
    foot: bool
    current: bool
    count: int


NAV: list[NavItem] = []


def register(*items: NavItem) -> None:
    """Add pages to the navigation, called from `AppConfig.ready`; a known key is replaced."""
    keys = {item.key for item in items}
    NAV[:] = sorted([i for i in NAV if i.key not in keys] + list(items), key=lambda i: i.order)


def links_for(request: HttpRequest, *, slug: str, member: Any) -> list[NavLink]:
    """Return the pages `member` may open in the tenant `slug`, the one being read marked current.

    The current page is the one whose address is the longest beginning of the request's path. A
    page above all others (the tenant's first page) is current only on its exact address.
    """
    hrefs = [(item, address(item.url_name, slug=slug)) for item in NAV if item.visible_to(member)]
    addresses = [href for _, href in hrefs]
    current = max((h for h in addresses if _is_at(request.path, h, addresses)), key=len, default="")
    return [
        NavLink(
            key=item.key,
            label=str(item.label),
            icon=item.icon,
            href=href,
            foot=item.foot,
            current=href == current,
            count=item.count(request) if item.count else 0,
        )
        for item, href in hrefs
    ]


def home(slug: str) -> str:
    """Return the address of a tenant's first page, `/` while no app has registered one."""
    return address(NAV[0].url_name, slug=slug) if NAV else "/"


def tenants_of(request: HttpRequest) -> list[tuple[str, str]]:
    """Return (name, slug) of the reader's tenants, as the middleware found them."""
    found = getattr(request, "memberships", None)
    if found is None:  # a page outside any tenant
        found = doors.memberships_found(request.user) if request.user.is_authenticated else []
    return sorted(
        ((m.name, m.slug) for m in doors.at_work(found)), key=lambda pair: pair[0].casefold()
    )


def _is_at(path: str, href: str, addresses: list[str]) -> bool:
    above_others = any(other != href and other.startswith(href) for other in addresses)
    return path == href if above_others else path.startswith(href)
