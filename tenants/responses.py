"""Refusals as responses: a page, a fragment for htmx, or problem+json for the API."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from tenants.errors import DomainError, Invalid

PROBLEM_JSON = "application/problem+json"


def problem(
    *, status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None
) -> JsonResponse:
    """An RFC 9457 answer."""
    body: dict[str, object] = {
        "type": f"/problems/{HTTPStatus(status).name.lower().replace('_', '-')}",
        "title": title,
        "status": int(status),
        "detail": detail,
    }
    if errors is not None:
        body["errors"] = errors
    return JsonResponse(body, status=status, content_type=PROBLEM_JSON)


def domain_error_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The answer to a DomainError in the form that the request can show."""
    if request.path_info.startswith("/api/"):
        errors = None
        if isinstance(error, Invalid):
            errors = [{"field": f, "message": m} for f, m in error.errors.items()]
        return problem(status=error.status, title=error.title, detail=error.message, errors=errors)
    context = {"status": int(error.status), "title": error.title, "message": error.message}
    template = "errors/_fragment.html" if getattr(request, "htmx", False) else "errors/error.html"
    return render(request, template, context, status=error.status)
