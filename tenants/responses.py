"""Refusals as responses: a page, a fragment for htmx, or problem+json for the API."""

import logging
from http import HTTPStatus
from urllib.parse import urlencode

from django.db import DatabaseError, DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from tenants.errors import DomainError, Invalid
from tenants.models import Tenant
from tenants.second_factor import SecondFactorNeeded

logger = logging.getLogger(__name__)
PROBLEM_JSON = "application/problem+json"
PROBLEM_TYPES = {  # part of the contract, so not Python's own names, which change
    400: "bad-request",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    412: "precondition-failed",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "too-many-requests",
    500: "server-error",
    503: "unavailable",
}
_LOST_RACE = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available
_CLASH = {"23503", "23505", "23514", "23P01"}  # foreign key, unique, check, exclusion


def problem(
    *, status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None
) -> JsonResponse:
    """An RFC 9457 answer."""
    body: dict[str, object] = {
        "type": f"/problems/{PROBLEM_TYPES[int(status)]}",
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
        return domain_problem(error)
    context = {"status": int(error.status), "title": error.title, "message": error.message}
    template = "errors/_fragment.html" if getattr(request, "htmx", False) else "errors/error.html"
    return render(request, template, context, status=error.status)


def second_factor_response(request: HttpRequest, company: Tenant) -> HttpResponse:
    """A member without a second factor is led to set one up, and back afterwards; the API says so.

    What was to be changed is not changed: a form is sent again from its page.
    """
    error = SecondFactorNeeded(
        f"{company.name} asks every member for a second factor. Set one up to go on."
    )
    if request.path_info.startswith("/api/"):
        return domain_problem(error)
    back = request.get_full_path() if request.method == "GET" else f"/t/{company.slug}/"
    url = f"{reverse('second_factor')}?{urlencode({'company': company.slug, 'next': back})}"
    if getattr(request, "htmx", False):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})


def domain_problem(error: DomainError) -> JsonResponse:
    """A DomainError as problem+json."""
    errors = None
    if isinstance(error, Invalid):
        errors = [
            {"field": field, "message": message}
            | ({"code": error.codes[field]} if field in error.codes else {})
            for field, message in error.errors.items()
        ]
    return problem(status=error.status, title=error.title, detail=error.message, errors=errors)


def database_error_response(error: DatabaseError) -> JsonResponse | None:
    """What the database refused: a lost race 409, a value it cannot hold 422, trouble 503.

    None for what is no input's doing (missing rights, wrong SQL, a forgotten value): a bug.
    """
    code = getattr(error.__cause__, "pgcode", None)
    if isinstance(error, DataError):
        return problem(
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            title=Invalid.title,
            detail="A value is out of the range that can be stored.",
            errors=[{"field": "", "message": "A value is out of the range that can be stored."}],
        )
    if code in _CLASH or code in _LOST_RACE:
        logger.warning("Refused by the database: %s", code, exc_info=error)
        response = problem(
            status=HTTPStatus.CONFLICT,
            title="Something else came first",
            detail="This clashes with another change. Read the record again and repeat.",
        )
        response.transient = code in _LOST_RACE  # type: ignore[attr-defined]
        return response
    if not isinstance(error, (OperationalError, InterfaceError)):
        return None
    logger.error("The database failed", exc_info=error)
    response = problem(
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        title="Bowline is not available",
        detail="The database did not answer. Try again in a moment.",
    )
    response["Retry-After"] = "5"
    return response
