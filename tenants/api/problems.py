"""Every refusal of the API as RFC 9457 problem+json, and nothing but a bug as a 500."""

import logging
import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.core.signals import got_request_exception
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions

from tenants.denials import audit_denied
from tenants.errors import Denied, DomainError, Invalid, NotFound, TooLarge
from tenants.responses import database_error_response, domain_problem, problem

logger = logging.getLogger(__name__)
WHOLE_BODY = ""  # the `field` of an error that belongs to no single field


class Replay(Exception):
    """An answer given before, to be given again."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """The problem+json for whatever a view raised."""
    if isinstance(error, Replay):
        return error.response
    audit_denied(context["request"]._request, error)
    response = _problem_of(error)
    if response is None:
        logger.error("A bug behind the API", exc_info=error)
        got_request_exception.send(sender=None, request=context["request"]._request)
        return problem(
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            title="Something broke on our side",
            detail="It has been noted. Nothing was changed.",
        )
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _problem_of(error: Exception) -> HttpResponse | None:
    if isinstance(error, DomainError):
        return domain_problem(error)
    if isinstance(error, exceptions.ValidationError):
        return invalid_problem(flatten(error.detail))
    if isinstance(error, ValidationError):
        detail = getattr(error, "message_dict", None) or {"non_field_errors": error.messages}
        return invalid_problem(flatten(detail))
    if isinstance(error, Http404):
        return domain_problem(NotFound())
    if isinstance(error, (PermissionDenied, exceptions.PermissionDenied)):
        message = str(error) if isinstance(error, exceptions.PermissionDenied) else ""
        return domain_problem(Denied(message))
    if isinstance(error, RequestDataTooBig):
        return domain_problem(TooLarge("The body is over the limit."))
    if isinstance(error, (SuspiciousOperation, MultiPartParserError)):
        return _bad_request("The request cannot be read.")
    if isinstance(error, exceptions.Throttled):
        response = problem(
            status=HTTPStatus.TOO_MANY_REQUESTS,
            title="Too many calls",
            detail="Wait as long as Retry-After says, in seconds.",
        )
        response["Retry-After"] = str(max(1, math.ceil(getattr(error, "wait", None) or 1)))
        return response
    if isinstance(error, exceptions.APIException):
        return problem(
            status=error.status_code,
            title=_TITLES.get(error.status_code, HTTPStatus(error.status_code).phrase),
            detail=_detail_of(error),
        )
    if isinstance(error, DatabaseError):
        return database_error_response(error)
    return None


def _detail_of(error: exceptions.APIException) -> str:
    """What was written for this refusal; where nothing was, how to ask rightly."""
    for kind, words in _DETAILS.items():
        if isinstance(error, kind):
            return words
    return str(error.detail)


_DETAILS = {
    exceptions.NotAuthenticated: "Send a key: Authorization: Bearer <key>.",
    exceptions.MethodNotAllowed: "The Allow header names the methods that this address takes.",
    exceptions.UnsupportedMediaType: "The documentation names the content type of each body.",
}
_TITLES = {
    400: "The request cannot be read",
    401: "Who is asking?",
    405: "That method is not for this address",
    415: "Send JSON",
}


def method_not_allowed(*allowed: str) -> JsonResponse:
    """405 naming what is allowed, for addresses without a viewset."""
    response = problem(status=405, title=_TITLES[405], detail="Use GET.")
    response["Allow"] = ", ".join(allowed)
    return response


def _bad_request(detail: str) -> JsonResponse:
    return problem(status=400, title=_TITLES[400], detail=detail)


def invalid_problem(errors: list[dict[str, str]]) -> JsonResponse:
    """422 with one entry for each field that needs a change."""
    detail = errors[0]["message"] if errors else Invalid.title
    return problem(
        status=HTTPStatus.UNPROCESSABLE_ENTITY, title=Invalid.title, detail=detail, errors=errors
    )


def flatten(detail: Any, path: str = "") -> list[dict[str, str]]:
    """DRF's nested errors as a flat list, with nested fields dotted: `tiers.0.steps.1.hours`."""
    if isinstance(detail, dict):
        found = []
        for key, value in detail.items():
            own = key in ("non_field_errors", "__all__")
            found += flatten(value, path if own else f"{path}.{key}".lstrip("."))
        return found
    if isinstance(detail, (list, tuple)):
        if all(not isinstance(item, (dict, list, tuple)) for item in detail):
            return [{"field": path or WHOLE_BODY, "message": str(item)} for item in detail]
        found = []
        for index, item in enumerate(detail):
            found += flatten(item, f"{path}.{index}".lstrip(".")) if item else []
        return found
    return [{"field": path or WHOLE_BODY, "message": str(detail)}]


@csrf_exempt  # nothing here to protect, and its refusal would be a page
def unknown_path(request: HttpRequest, path: str = "") -> HttpResponse:
    """404 for an address that the API does not have."""
    return domain_problem(NotFound())
