"""The template environment, and the shell: what surrounds every page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import FunctionType
from typing import Any

import jinja2
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation
from jinja2.runtime import Context, Macro
from jinja2.utils import internalcode
from markupsafe import Markup

from tenants import kept
from tenants.ui import account, charts, formats, navigation, notices, plans, settings_menu, undo
from tenants.ui.addresses import address
from tenants.ui.clocks import day_bar
from tenants.ui.icons import icon


def environment(**options: Any) -> jinja2.Environment:
    """Build the environment for Django's Jinja2 backend.

    A name that does not exist is an error, never an empty hole. Texts are escaped (not in mails,
    whose templates end in .txt), and translated with `{{ _("…") }}` and `{% trans %}`.
    """
    options |= {
        "undefined": jinja2.StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "extensions": [*options.get("extensions", ()), "jinja2.ext.i18n"],
    }
    env = jinja2.Environment(**options | {"autoescape": _is_markup})  # noqa: S701 - it is on
    env.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    env.context_class = QuickContext
    env.globals.update(
        _=translated,
        static=lru_cache(maxsize=256)(static),
        url=url,
        url_or_none=url_or_none,
        tenant_url=tenant_url,
        icon=icon,
        language=translation.get_language,
        money_symbol=formats.SYMBOLS.get,
        day_range=formats.day_range,
        remembered=remembered,
        day_bar=day_bar,
        **charts.CHARTS,
        **plans.PLANS,
    )
    env.globals["password_hint"] = account.password_hint
    env.filters.update(formats.FILTERS | account.FILTERS)
    env.filters["undo_of"] = undo.undo_of
    return env


class QuickContext(Context):
    """Calls what a template calls; macros and plain functions without being asked how, each time.

    A page calls some five hundred of them. All others go Jinja's own way.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # no template of ours adds globals of its own, which Jinja would look for at each import
        self.globals_keys = set()

    @internalcode
    def call(__self, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        kind = type(__obj)
        if kind is Macro:
            args = (__self.eval_ctx, *args)
        elif kind is not FunctionType or hasattr(__obj, "jinja_pass_arg"):
            return super().call(__obj, *args, **kwargs)
        if kwargs:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
        return __obj(*args, **kwargs)


def translated(text: str, /, **variables: object) -> Markup:
    """`{{ _("…") }}`: the text in the reader's language, its variables escaped and put in."""
    if variables:
        return Markup(translation.gettext(text)) % variables  # noqa: S704  texts are our own
    return _translated(translation.get_language() or "", text)


@lru_cache(maxsize=4096)
def _translated(language: str, text: str) -> Markup:
    return Markup(translation.gettext(text)) % {}  # noqa: S704  texts are our own


def remembered(macro: Macro, *args: object) -> Markup:
    """What `macro` made of the same arguments before, else what it makes now.

    For macros of `components/` that depend on nothing but their arguments and the language.
    """
    return _remembered(translation.get_language() or "", macro, args)


@lru_cache(maxsize=1024)
def _remembered(language: str, macro: Macro, args: tuple[object, ...]) -> Markup:
    return Markup(macro(*args))  # noqa: S704  escaped by the macro


def _is_markup(template: str | None) -> bool:
    """Whether what a template writes is HTML: all but plain text."""
    return template is None or not template.endswith(".txt")


def url(name: str, *args: object, **kwargs: object) -> str:
    """Return the address of a named page; raises NoReverseMatch for an unknown one."""
    if args:
        return reverse(name, args=args)
    return address(name, **kwargs)


def url_or_none(name: str, **kwargs: object) -> str | None:
    """Return the address of a page that not every installation has, None where it has not."""
    try:
        return reverse(name, kwargs=kwargs or None)
    except NoReverseMatch:
        return None


@jinja2.pass_context
def tenant_url(context: Context, name: str, **kwargs: object) -> str:
    """Return the address of a page of the tenant that is being read."""
    return address(name, slug=context["request"].tenant.slug, **kwargs)


@dataclass(frozen=True)
class TenantLink:
    """One tenant of the reader in the switcher."""

    name: str
    slug: str
    href: str
    current: bool


class Shell:
    """What surrounds a page for one reader; each part is computed only when a template asks."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.tenant = getattr(request, "tenant", None)
        self.member = getattr(request, "member", None)
        user = getattr(request, "user", None)
        self.user = user if user is not None and user.is_authenticated else None

    @property
    def theme(self) -> str:
        """The reader's choice: light or dark; empty while the system decides."""
        chosen = getattr(self.user, "theme", "system")
        return chosen if chosen in ("light", "dark") else ""

    @cached_property
    def nav(self) -> list[navigation.NavLink]:
        """The pages of this tenant that the reader may open."""
        if self.tenant is None or self.member is None:
            return []
        return navigation.links_for(self.request, slug=self.tenant.slug, member=self.member)

    @property
    def page(self) -> str:
        """The key of the page that is being read, empty when it is none of the navigation's."""
        return next((link.key for link in self.nav if link.current), "")

    @cached_property
    def tenants(self) -> Sequence[TenantLink]:
        """The tenants the reader belongs to, by name."""
        here = self.tenant.slug if self.tenant is not None else ""
        return [
            TenantLink(name=name, slug=slug, href=navigation.home(slug), current=slug == here)
            for name, slug in navigation.tenants_of(self.request)
        ]

    @cached_property
    def settings(self) -> list[settings_menu.SettingsLink]:
        """The pages of this company's settings that the reader may open."""
        return settings_menu.links(self.request) if self.member is not None else []

    @property
    def home(self) -> str:
        """The first page of the tenant that is being read."""
        return navigation.home(self.tenant.slug) if self.tenant is not None else "/"

    @property
    def second_factor_from(self) -> Any:
        """From when this company keeps the reader out for want of a second factor; None if never.

        The pages of a tenant show it as a reminder until then.
        """
        if self.tenant is None or getattr(self.member, "has_second_factor", True):
            return None
        return self.tenant.second_factor_from

    @property
    def name(self) -> str:
        """The reader's name in this tenant, else that of the account."""
        return getattr(self.member, "name", "") or getattr(self.user, "name", "") or str(self.user)

    @property
    def place(self) -> str:
        """The zone in which this reader sees times: `London, BST`."""
        now = timezone.localtime()
        city = timezone.get_current_timezone_name().rpartition("/")[2].replace("_", " ")
        abbreviation = formats.zone_name(now)
        return city if city == abbreviation else f"{city}, {abbreviation}"

    @cached_property
    def notices(self) -> list[notices.Notice]:
        """What this company's pages say on top while it holds."""
        return notices.notices_for(self.request) if self.tenant is not None else []

    @property
    def messages(self) -> Any:
        """What the last action answered; reading it uses it up."""
        return get_messages(self.request)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: give every page its `shell`, and one that is kept a mark for its token."""
    return {"shell": Shell(request), **kept.marked_token(request)}
