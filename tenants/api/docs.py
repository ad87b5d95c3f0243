"""The API's description for machines, and its page for people."""

import json
from functools import cache

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition
from drf_spectacular.generators import SchemaGenerator

from tenants.api.problems import method_not_allowed
from tenants.api.versions import etag_of

READING = ("GET", "HEAD")


@cache
def schema_json() -> bytes:
    """The OpenAPI 3.1 document; made once, because it follows from the code alone."""
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.dumps(document, separators=(",", ":")).encode()


def _schema_etag(_request: HttpRequest) -> str:
    return etag_of("0", schema_json())


@csrf_exempt
@condition(etag_func=_schema_etag)
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, open to all."""
    if request.method not in READING:
        return method_not_allowed(*READING)
    response = HttpResponse(schema_json(), content_type="application/json")
    response["Cache-Control"] = "public, max-age=300"
    return response


@csrf_exempt
@csp_update({"img-src": ["data:"]})  # the arrows in Swagger UI's own style sheet
def try_out(request: HttpRequest) -> HttpResponse:
    """The API to try in a browser, with Swagger UI; open to all."""
    if request.method not in READING:
        return method_not_allowed(*READING)
    return render(request, "tenants/api_try.html")
