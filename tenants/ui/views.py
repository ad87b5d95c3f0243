"""The answers to what goes wrong, and the components page."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import get_template

from tenants.ui.samples import sample_form, samples


def components(request: HttpRequest) -> HttpResponse:
    """Show every component, chart and state; only while developing."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "components/page.html", samples() | {"form": sample_form()})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that could not be read."""
    return render(request, "errors/400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer someone who is known but may not."""
    return render(request, "errors/403.html", {"message": ""}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer for what is not there, or not of this reader's tenants."""
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for a fault of ours, without a context that could ask the database for anything."""
    return HttpResponse(get_template("errors/500.html").render(), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose security token was missing or old."""
    return render(request, "errors/csrf.html", status=403)
