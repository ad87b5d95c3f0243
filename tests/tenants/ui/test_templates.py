"""Templates: strict, escaped, without inline style or script, with fields that speak."""

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
from django import forms
from django.conf import settings as django_settings
from django.http import Http404
from django.template import engines
from django.test import RequestFactory
from django.urls import reverse

from tenants.permissions import PERMISSIONS
from tenants.ui import navigation, views
from tenants.ui.icons import icon

TEMPLATES = Path(django_settings.BASE_DIR) / "templates"
SHEETS = Path(django_settings.BASE_DIR) / "static" / "css"
NOT_SHOWN = {
    "the frame of a page without navigation": "plain brand reference",
    "the frame of a company's pages": "org orgs name logo letterhead branded",
    "paper alone": "onepage noprint",
    "set while a request runs": "htmx-indicator htmx-request",
}
ERRORS = ["400", "403", "404", "409", "422", "429", "500", "csrf"]


class Elements(HTMLParser):
    """Collects start tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def with_attribute(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for _, attrs in self.found if name in attrs]

    def by_id(self, name: str) -> dict[str, str | None]:
        return next(attrs for _, attrs in self.found if attrs.get("id") == name)


def environment() -> jinja2.Environment:
    return engines["jinja2"].env


def render(source: str, **context: Any) -> str:
    return environment().from_string(source).render(**context)


@pytest.fixture
def components_page(settings: Any) -> str:
    """The components page as a signed-in reader without a tenant sees it."""
    settings.DEBUG = True
    request = RequestFactory().get("/dev/components/")
    request.user = SimpleNamespace(is_authenticated=True, theme="dark", name="Elena")  # type: ignore[assignment]
    request.memberships = []  # type: ignore[attr-defined]
    request._messages = []  # type: ignore[attr-defined]
    return views.components(request).content.decode()


def test_components_page_obeys_the_content_security_policy(components_page: str) -> None:
    page = Elements(components_page)
    assert len(page.found) > 500
    assert page.with_attribute("style") == []
    assert [tag for tag, attrs in page.found if tag == "script" and "src" not in attrs] == []
    assert [tag for tag, _ in page.found if tag == "style"] == []
    handlers = [a for _, attrs in page.found for a in attrs if a.startswith(("on", "hx-on"))]
    assert handlers == []


def test_components_page_ids_are_unique_and_references_resolve(components_page: str) -> None:
    page = Elements(components_page)
    ids = [attrs["id"] for attrs in page.with_attribute("id")]
    assert len(ids) == len(set(ids))
    for name in ("aria-labelledby", "aria-describedby", "for", "popovertarget"):
        for attrs in page.with_attribute(name):
            assert set((attrs[name] or "").split()) <= set(ids), attrs


def test_components_page_shows_every_class_of_the_sheets(components_page: str) -> None:
    """So each is looked at in both themes and on a phone, and what is gone leaves the sheets."""
    shown = {
        name
        for attrs in Elements(components_page).with_attribute("class")
        for name in (attrs["class"] or "").split()
    }
    sheets = "".join(path.read_text() for path in SHEETS.glob("*.css"))
    selectors = re.sub(r"/\*.*?\*/|(?<={)[^{}]*(?=})", "", sheets, flags=re.S)
    named = set(re.findall(r"\.([a-z][\w-]*)", selectors))
    assert len(named) > 300
    assert named - shown == {name for names in NOT_SHOWN.values() for name in names.split()}


def test_components_page_carries_the_readers_theme(components_page: str) -> None:
    assert 'data-theme="dark"' in components_page


def test_components_page_outside_development_is_not_there(settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(Http404):
        views.components(RequestFactory().get("/dev/components/"))


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda p: p.name)
def test_template_has_no_inline_style_or_handler(path: Path) -> None:
    """Mails may be styled inside: their programs know no other way, and no policy holds there."""
    source = path.read_text()
    is_mail = path.parent.name == "mail"
    assert is_mail or not re.search(r"\sstyle=|<style", source)
    assert not re.search(r"\shx-on|\son[a-z]+=[\"']|javascript:", source)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source)
    environment().get_template(str(path.relative_to(TEMPLATES)))  # compiles


def test_environment_missing_name_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        render("{{ no_such_name }}")


def test_environment_text_is_escaped() -> None:
    assert render("{{ text }}", text="<b>") == "&lt;b&gt;"


@pytest.mark.parametrize("name", ERRORS)
def test_error_page_renders_without_request_or_database(name: str) -> None:
    html = environment().get_template(f"errors/{name}.html").render()
    assert "<h1" in html
    assert "oops" not in html.lower()


def test_server_error_answers_500_without_asking_for_the_reader() -> None:
    response = views.server_error(RequestFactory().get("/"))  # no user, no session
    assert response.status_code == 500


class Form(forms.Form):
    """One field of each kind, all required but the last."""

    amount = forms.DecimalField(help_text="Before tax", widget=forms.TextInput)
    health = forms.ChoiceField(choices=[("good", "On track")], widget=forms.RadioSelect)
    owner = forms.ChoiceField(choices=[("a", "A")])
    note = forms.CharField(widget=forms.Textarea, required=False)


FIELD = "{% import 'components/form.html' as f %}{{ f.field(field, before='$', shapes=shapes) }}"


def field(form: forms.Form, name: str) -> Elements:
    return Elements(render(FIELD, field=form[name], shapes={}))


def test_field_with_hint_is_described_by_it() -> None:
    control = field(Form(), "amount").by_id("id_amount")
    assert control["aria-describedby"] == "id_amount_helptext"
    assert "aria-invalid" not in control
    assert control["class"] == "inp n"


def test_field_with_error_is_invalid_and_described_by_hint_and_error() -> None:
    html = field(Form({"amount": "12k5", "owner": "a", "health": "good"}), "amount")
    control = html.by_id("id_amount")
    assert control["aria-invalid"] == "true"
    assert (control["aria-describedby"] or "").split() == [
        "id_amount_helptext",
        "id_amount_error",
    ]
    assert html.by_id("id_amount_error")["class"] == "err"
    assert control["value"] == "12k5"


def test_field_of_choices_is_a_named_group() -> None:
    html = field(Form({}), "health")
    group = html.by_id("id_health")
    assert group["aria-describedby"] == "id_health_error"
    assert [tag for tag, _ in html.found if tag == "legend"] == ["legend"]


def test_field_optional_says_so() -> None:
    assert "optional" in render(FIELD, field=Form()["note"], shapes={})
    assert "optional" not in render(FIELD, field=Form()["amount"], shapes={})


SUMMARY = "{% import 'components/form.html' as f %}{{ f.errors(form, 'Not sent.') }}"


def test_error_summary_appears_from_two_mistakes_on_and_links_to_the_fields() -> None:
    one = Form({"amount": "x", "owner": "a", "health": "good"})
    assert render(SUMMARY, form=one).strip() == ""
    two = Elements(render(SUMMARY, form=Form({"owner": "a", "health": "good1"})))
    assert [a["href"] for tag, a in two.found if tag == "a"] == ["#id_amount", "#id_health"]


def test_kpi_status_words_are_fixed() -> None:
    source = "{% import 'components/ui.html' as ui %}{{ ui.kpi_status(code) }}"
    words = {
        "on_track": ("good", "On target"),
        "at_risk": ("warn", "At risk"),
        "off_track": ("bad", "Off target"),
        "no_target": ("none", "No target"),
        "no_data": ("none", "No data"),
        "stale": ("wait", "Stale"),
    }
    for code, (state, word) in words.items():
        html = render(source, code=code)
        assert f'data-s="{state}"' in html
        assert html.endswith(f"{word}</span>")


def test_navigation_every_registered_page_exists_and_asks_for_a_known_right() -> None:
    for item in navigation.NAV:
        assert reverse(item.url_name, kwargs={"slug": "northwind"}).startswith("/t/northwind/")
        assert item.permission in PERMISSIONS or callable(item.permission) or not item.permission
        assert icon(item.icon)


@pytest.mark.parametrize(
    "call",
    [
        "ui.head('Title')",
        "ui.toast('Saved')",
        "fig.fact('Label', '7')",
        "fig.item('todo', 'Title', 'Detail')",
        "ui.pages()",
        "ui.busy('Reading')",
        "ui.empty('Nothing here.')",
        "ui.progress(20, 'A fifth')",
    ],
)
def test_macro_without_its_optional_block_renders(call: str) -> None:
    imports = "{% import 'components/ui.html' as ui %}{% import 'components/figures.html' as fig %}"
    assert "None" not in render(imports + "{{ " + call + " }}")
