"""Pages that do what a tenant's transaction must survive; only for the middleware's tests."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path

from config.urls import urlpatterns as site
from tenants.errors import Denied, Invalid, NotFound, Suspended, WrongState
from tenants.isolation import tenant_or_none
from tenants.models import ApiKey, Member

DOMAIN_ERRORS = {
    "denied": Denied("Not yours."),
    "not-found": NotFound(),
    "wrong-state": WrongState(),
    "invalid": Invalid({"name": "Give a name."}),
    "suspended": Suspended(),
}


def write(mark: str) -> None:
    """Leave a trace of this request in the tenant."""
    ApiKey.objects.create(name=mark, prefix=mark[:16], secret_hash=b"x", scopes=["kpi.view"])


def names() -> list[str]:
    """The members' names, by ORM and by SQL that asks for no tenant."""
    by_orm = {member.name for member in Member.objects.select_related("user")}
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(nullif(u.name, ''), u.email) "
            "from tenants_member m join tenants_user u on u.id = m.user_id"
        )
        by_sql = {row[0] for row in cursor.fetchall()}
    assert by_orm == by_sql
    return sorted(by_orm)


def lazy(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Reads the database only while the template is rendered."""
    template = engines["jinja2"].from_string("{% for m in members %}{{ m.name }}\n{% endfor %}")
    return TemplateResponse(
        request, template, {"members": Member.objects.select_related("user").order_by("id")}
    )


def stream(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Reads the database for each piece; `?mark=` writes first, `?fail=1` breaks in the middle."""
    if mark := request.GET.get("mark"):
        write(mark)

    def pieces() -> Iterator[str]:
        for number in range(3):
            if number == 2 and request.GET.get("fail"):
                raise ValueError("in the middle of the stream")
            yield "".join(f"{name}\n" for name in names())

    return StreamingHttpResponse(pieces())


def answer(request: HttpRequest, slug: str, mark: str, status: int) -> HttpResponseBase:
    """Writes, then answers with any status."""
    write(mark)
    return HttpResponse("\n".join(names()), status=status)


def fail(request: HttpRequest, slug: str, mark: str, kind: str) -> HttpResponseBase:
    """Writes, then fails in one of the ways that views fail."""
    write(mark)
    if kind in DOMAIN_ERRORS:
        raise DOMAIN_ERRORS[kind]
    if kind == "http404":
        raise Http404
    if kind == "permission":
        raise PermissionDenied
    if kind == "database":
        write(mark)  # the same prefix twice: an IntegrityError
    if kind == "caught":
        try:
            with transaction.atomic():
                write(mark)
        except Exception:
            return JsonResponse({"names": names()})
    raise ValueError("a fault of ours")


def whoami(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What the middleware put on the request."""
    facts: dict[str, Any] = {
        "tenant": str(request.tenant.pk),  # type: ignore[attr-defined]
        "current": str(tenant_or_none()),
        "member": str(request.member.pk),  # type: ignore[attr-defined]
        "roles": request.member.roles,  # type: ignore[attr-defined]
    }
    return JsonResponse(facts)


urlpatterns = [
    path("t/<slug:slug>/test/lazy/", lazy),
    path("t/<slug:slug>/test/stream/", stream),
    path("t/<slug:slug>/test/answer/<slug:mark>/<int:status>/", answer),
    path("t/<slug:slug>/test/fail/<slug:mark>/<slug:kind>/", fail),
    path("t/<slug:slug>/test/whoami/", whoami),
    *site,
]
