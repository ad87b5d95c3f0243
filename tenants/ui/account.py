"""What the pages of a login show: a QR code, a key to type, the browser of a session."""

import ipaddress
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_SHAPE = re.compile(r'<path d="([MHVhvLlZz0-9., -]+)"')
_BOX = re.compile(r'viewBox="([0-9. -]+)"')


def password_hint() -> str:
    """What a new password should be like."""
    return (
        "At least 12 characters, better 15 or more: four random words are easy to remember. "
        "Passwords that are widely known are refused."
    )


def qr(svg: str) -> SafeString:
    """A QR code's drawing, taken out of the package's SVG; its colours come from our CSS."""
    shape, box = _SHAPE.search(svg), _BOX.search(svg)
    if shape is None or box is None:
        raise ValueError("This is not a QR code.")
    drawing = f'<svg viewBox="{box[1]}" aria-hidden="true"><path d="{shape[1]}"/></svg>'
    return mark_safe(drawing)  # noqa: S308  both parts are digits and path letters


def groups(key: str) -> str:
    """A key in groups of four, to be typed."""
    return " ".join(key[i : i + 4] for i in range(0, len(key), 4))


def browser(user_agent: str) -> str:
    """A browser as a person calls it: "Firefox on Windows"."""
    name = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    if name and system:
        return f"{name} on {system}"
    return name or system or "A program"


def bare_number(request: HttpRequest) -> bool:
    """Whether the site was opened by an IP address: browsers have no passkeys there."""
    return _number_in(request.get_host()) is not None


def named_host(request: HttpRequest) -> str:
    """Where to open the site instead: its own name, or localhost on one's own machine."""
    named = urlsplit(settings.BASE_URL).netloc
    if named and _number_in(named) is None:
        return named
    number = _number_in(request.get_host())
    if number is not None and number.is_loopback:
        port = urlsplit(f"//{request.get_host()}").port
        return f"localhost:{port}" if port else "localhost"
    return "a name, such as bowline.example.com"


def _number_in(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(urlsplit(f"//{host}").hostname or "")
    except ValueError:
        return None


FILTERS = {
    function.__name__: function for function in (qr, groups, browser, bare_number, named_host)
}
