"""The navigation lists the pages that exist and that the reader may open."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path

from tenants.ui import navigation
from tenants.ui.navigation import NavItem


def page(request: HttpRequest, slug: str) -> HttpResponse:
    """Stand in for an app's page."""
    return HttpResponse()


urlpatterns = [
    path("t/<slug:slug>/", page, name="nav_home"),
    path("t/<slug:slug>/kpis/", page, name="nav_kpis"),
    path("t/<slug:slug>/settings/", page, name="nav_settings"),
]

HOME = NavItem(key="home", label="Dashboard", icon="dash", url_name="nav_home", order=10)
KPIS = NavItem(
    key="kpis", label="Key figures", icon="kpi", url_name="nav_kpis", permission="kpi.view",
    order=30, count=lambda request: 3,
)  # fmt: skip
SETTINGS = NavItem(
    key="settings", label="Settings", icon="sliders", url_name="nav_settings",
    permission=lambda member: "admin" in member.roles, order=90, foot=True,
)  # fmt: skip


class Reader:
    """A member as far as the navigation asks."""

    def __init__(self, *roles: str) -> None:
        self.roles = list(roles)

    def can(self, permission: str) -> bool:
        return permission == "kpi.view" and "observer" not in self.roles


@pytest.fixture(autouse=True)
def _own_registry(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ROOT_URLCONF = __name__
    monkeypatch.setattr(navigation, "NAV", [])
    navigation.register(SETTINGS, KPIS, HOME)


def links(at: str, *roles: str) -> list[navigation.NavLink]:
    request = RequestFactory().get(at)
    return navigation.links_for(request, slug="northwind", member=Reader(*roles))


def test_links_admin_sees_all_in_order() -> None:
    found = links("/t/northwind/", "admin")
    assert [link.key for link in found] == ["home", "kpis", "settings"]
    assert [link.href for link in found][1] == "/t/northwind/kpis/"
    assert [link.count for link in found] == [0, 3, 0]
    assert [link.foot for link in found] == [False, False, True]


def test_links_without_the_right_are_left_out() -> None:
    assert [link.key for link in links("/t/northwind/", "observer")] == ["home"]
    assert [link.key for link in links("/t/northwind/", "cto")] == ["home", "kpis"]


@pytest.mark.parametrize(
    ("at", "current"),
    [
        ("/t/northwind/", ["home"]),
        ("/t/northwind/kpis/", ["kpis"]),
        ("/t/northwind/kpis/uptime/", ["kpis"]),
        ("/t/northwind/elsewhere/", []),
    ],
)
def test_links_mark_the_page_being_read(at: str, current: list[str]) -> None:
    assert [link.key for link in links(at, "admin") if link.current] == current


def test_register_known_key_replaces_it() -> None:
    navigation.register(
        NavItem(key="kpis", label="Figures", icon="kpi", url_name="nav_kpis", order=5)
    )
    assert next((i.key, i.label) for i in navigation.NAV) == ("kpis", "Figures")
    assert len(navigation.NAV) == 3


def test_home_is_the_first_page_registered() -> None:
    assert navigation.home("northwind") == "/t/northwind/"


def test_tenants_of_request_sorts_by_name() -> None:
    request = RequestFactory().get("/")
    request.memberships = [  # type: ignore[attr-defined]
        SimpleNamespace(name="northwind", slug="n", status="active"),
        SimpleNamespace(name="Halden", slug="h", status="suspended"),
        SimpleNamespace(name="Put away", slug="p", status="archived"),
    ]
    assert navigation.tenants_of(request) == [("Halden", "h"), ("northwind", "n")]
