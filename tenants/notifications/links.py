"""Where a notification leads: always a page of its own tenant."""

import re

from django.urls import reverse

from tenants.notifications.models import LINK_MOST

_TENANT = re.compile(r"^/t/[^/]+/")


def link_to(name: str, **kwargs: object) -> str:
    """The address of a tenant's page without its slug: `link_to("update_detail", week_start=…)`."""
    return inside(reverse(name, kwargs={"slug": "-", **kwargs}))


def inside(link: str) -> str:
    """A link as it is stored: the path behind `/t/<slug>/`.

    Raises ValueError for one that leads out of the tenant, or is too long.
    """
    path = _TENANT.sub("", link)
    if path.startswith("/") or "://" in path or "\\" in path or len(path) > LINK_MOST:
        raise ValueError(f"A notification leads to a page of its own company, not to {link!r}.")
    return path


def address(slug: str, link: str) -> str:
    """The path of a stored link in the company at `slug`."""
    return f"/t/{slug}/{link}"
