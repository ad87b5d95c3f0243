"""The description as a page to read: resources, their calls, what goes in and what comes out."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from tenants.api.docs import READING, schema_json
from tenants.api.parsers import parse_json
from tenants.api.problems import method_not_allowed

METHODS = ("get", "post", "patch", "delete")


@dataclass(frozen=True)
class FieldLine:
    """A parameter, or a field of a body or answer."""

    name: str
    kind: str
    is_required: bool
    note: str


@dataclass(frozen=True)
class Call:
    """One method of one address."""

    id: str
    method: str
    path: str
    about: str
    parameters: list[FieldLine]
    body: list[FieldLine]
    answer: list[FieldLine]
    codes: list[tuple[str, str]]


@dataclass(frozen=True)
class Resource:
    """The calls of one resource."""

    name: str
    calls: list[Call]


@cache
def resources() -> list[Resource]:
    """All of the description; made once, because it follows from the code alone."""
    document = parse_json(schema_json())
    found: dict[str, list[Call]] = {}
    for path, operations in document["paths"].items():
        for method in METHODS:
            if operation := operations.get(method):
                call = _call(document, path, method, operation)
                found.setdefault(operation["tags"][0], []).append(call)
    return [Resource(name, calls) for name, calls in sorted(found.items())]


def _call(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Call:
    responses = operation["responses"]
    success = min(responses)
    return Call(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        about=operation.get("description", ""),
        parameters=[
            FieldLine(
                each["name"],
                kind_of(document, each["schema"]),
                each.get("required", False),
                _note(each),
            )
            for each in operation.get("parameters", [])
        ],
        body=_fields(document, operation.get("requestBody", {})),
        answer=_fields(document, responses[success]),
        codes=[(code, each["description"]) for code, each in sorted(responses.items())],
    )


def _fields(document: dict[str, Any], holder: dict[str, Any]) -> list[FieldLine]:
    """The fields of a body's or answer's first media type; of its rows where it is a list."""
    media: dict[str, Any] = next(iter(holder.get("content", {}).values()), {})
    schema = _resolved(document, media.get("schema", {}))
    for alternative in schema.get("oneOf", [])[:1]:
        schema = _resolved(document, alternative)
    if "results" in schema.get("properties", {}):
        schema = schema["properties"]["results"]
    if schema.get("type") == "array":
        schema = _resolved(document, schema["items"])
    required = schema.get("required", [])
    return [
        FieldLine(name, kind_of(document, each), name in required, _note(each))
        for name, each in schema.get("properties", {}).items()
    ]


def kind_of(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """A type in a few words: `uuid`, `string or null`, `list of string`, `active, left`."""
    schema = _resolved(document, schema)
    for keyword in ("oneOf", "anyOf", "allOf"):
        if keyword in schema:
            return " or ".join(kind_of(document, each) for each in schema[keyword])
    if "enum" in schema:
        return ", ".join("null" if each is None else str(each) for each in schema["enum"])
    types = schema.get("type", "anything")
    names = types if isinstance(types, list) else [types]
    if "array" in names:
        return f"list of {kind_of(document, schema.get('items', {}))}"
    shown = [str(schema.get("format", name) if name == "string" else name) for name in names]
    return " or ".join(shown)


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def _note(schema: dict[str, Any]) -> str:
    """The first line of a description; lists of choices stand in the type already."""
    line = schema.get("description", "").partition("\n")[0]
    return "" if line.startswith("* ") else line


@csrf_exempt
def docs(request: HttpRequest) -> HttpResponse:
    """The API to read, open to all."""
    if request.method not in READING:
        return method_not_allowed(*READING)
    return render(request, "tenants/api_docs.html", {"resources": resources()})
