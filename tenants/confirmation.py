"""What is dangerous asks first whether it is still you."""

from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse

from tenants.accounts import confirmed_lately


def ask_first(request: HttpRequest, back: str = "") -> HttpResponse | None:
    """Lead to the confirmation and back to `back` (or this page), None where it was given lately.

    Called by a view once the record is found, so that foreign ids stay 404. What was sent is not
    kept: nothing dangerous happens by a form that somebody else left open.
    """
    if confirmed_lately(request):
        return None
    way = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
    url = f"{way}?{urlencode({'next': back or request.get_full_path()})}"
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})
