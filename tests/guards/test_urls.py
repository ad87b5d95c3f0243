"""No URL escapes: each page × method × kind of reader answers as its rights say."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path

from tenants import services
from tenants.isolation import tenant, uuid7
from tenants.models import Member, Tenant
from tenants.pages import tenant_page
from tests.factories import BOWLINE, Company
from tests.guards import routes as table
from tests.guards.matrix import MATRIX, ROLES
from tests.guards.routes import Route, all_routes, tenant_routes, unlisted
from tests.guards.rows import fill

SignIn = Callable[[Any], Client]
CANARY = "qzxcanary7"
NOBODY = "no-such-company"
METHODS = ("get", "post")


@pytest.fixture
def former(company: Company) -> Member:
    """A person who was an admin of the company until a moment ago."""
    with tenant(company.id):
        member = services.member_add(
            email="former@northwind.example", roles=["admin"], actor=BOWLINE
        )
        return services.member_remove(member=member, actor=BOWLINE)


@pytest.fixture
def everything(company: Company) -> Member:
    """A member who holds all seven roles."""
    with tenant(company.id):
        return services.member_add(
            email="everything@northwind.example", roles=list(ROLES), actor=BOWLINE
        )


def ask(client: Client, method: str, address: str) -> Any:
    """The answer, its streamed body read to the end."""
    client.raise_request_exception = False
    response = getattr(client, method)(address)
    response.whole = response.getvalue() if response.streaming else response.content
    return response


def with_ids(route: Route, value: Any = None) -> dict[str, Any]:
    """Values for the path's parameters: `value` (or a random id) for ids, a sample for the rest."""
    return {
        name: (value or uuid7()) if kind == "uuid" else table.sample(kind)
        for name, kind in route.kinds.items()
    }


def plain(response: Any, *echoed: Any) -> tuple[int, str, dict[str, str]]:
    """The answer without what differs each time: tokens, request ids, and what the path echoes."""
    body = response.whole.decode()
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", body)
    # new with each open form
    body = re.sub(r'name="(draft|saved_from|form_id)" value="[^"]+"', "", body)
    headers = {k: v for k, v in response.items() if k not in ("X-Request-Id", "ETag")}
    for text in echoed:
        body = body.replace(str(text), "…").replace(str(text).upper(), "…")
        headers = {k: v.replace(str(text), "…") for k, v in headers.items()}
    headers.pop("Content-Length", None)
    return response.status_code, body, headers


def test_every_url_is_listed() -> None:
    assert unlisted(all_routes()) == []


def test_every_list_entry_still_exists() -> None:
    names = {route.name for route in all_routes()}
    assert (table.OPEN | table.SIGNED_IN | table.NARROWER).keys() <= names
    assert len(tenant_routes()) >= 10


@pytest.mark.parametrize(
    ("pattern", "guarded", "word"),
    [
        ("t/<slug:slug>/guard/", False, "has no @tenant_page"),
        ("guard/", True, "no tenant in its address"),
        ("guard/", False, "is in no table"),
        ("t/<slug:slug>/guard/", None, "has no name"),
    ],
)
def test_unlisted_url_is_named(pattern: str, guarded: bool | None, word: str) -> None:
    def view(request: Any, **kwargs: Any) -> HttpResponse:
        return HttpResponse()

    target = view if guarded is False else tenant_page("tenant.view")(view)
    entry = path(pattern, target, **({"name": "guard"} if guarded is not None else {}))
    holder = type("Resolver", (), {"url_patterns": [path("", include([entry]))]})
    assert [line for line in unlisted(list(table._walk(holder, ""))) if word in line]


@pytest.mark.parametrize("method", METHODS)
def test_roles_get_what_the_matrix_says(sign_in: SignIn, company: Company, method: str) -> None:
    wrong = []
    for role in ROLES:
        client = sign_in(company.member(role))
        for route in tenant_routes():
            right = route.access.read if method == "get" else route.access.write
            with savepoint():
                status = ask(
                    client, method, route.path(company.slug, **with_ids(route))
                ).status_code
            if status == 405:
                continue
            allowed = role in MATRIX[right]
            fits = status != 403 or route.name in table.NARROWER if allowed else status == 403
            if not fits or status >= 500:
                wrong.append(f"{method} {route.name} as {role} ({right}): {status}")
    assert wrong == []


def test_pages_without_ids_open_for_whom_they_are(
    sign_in: SignIn, company: Company, everything: Member
) -> None:
    """A page that answers 404 or worse to everybody would pass all the other tests."""
    fill(company, "plain")
    client = sign_in(everything)
    wrong = []
    for route in tenant_routes():
        if not route.kinds:
            status = ask(client, "get", route.path(company.slug)).status_code
            if status not in (200, 302, 303, 405):
                wrong.append(f"{route.name}: {status}")
    assert wrong == []


def test_visitors_are_asked_to_sign_in_whatever_the_slug(client: Client, company: Company) -> None:
    wrong = []
    for route in tenant_routes():
        for method in METHODS:
            values = with_ids(route)
            real, fake = (
                plain(ask(client, method, route.path(slug, **values)), slug)
                for slug in (company.slug, NOBODY)
            )
            fits = real[0] == 405 or (real[0] == 302 and "/accounts/login/" in real[2]["Location"])
            if not fits or real != fake:
                wrong.append(f"{method} {route.name}: {real[0]}")
    assert wrong == []


@pytest.mark.parametrize("who", ["stranger", "former"])
def test_strangers_and_former_members_cannot_tell_a_tenant_from_none(
    sign_in: SignIn, company: Company, other_company: Company, former: Member, who: str
) -> None:
    client = sign_in(other_company.admin if who == "stranger" else former)
    wrong = []
    for route in tenant_routes():
        for method in METHODS:
            values = with_ids(route)
            real, fake = (
                plain(ask(client, method, route.path(slug, **values)), slug)
                for slug in (company.slug, NOBODY)
            )
            if real[0] != 404 or real != fake:
                wrong.append(f"{method} {route.name}: {real[0]}, {fake[0]}")
    assert wrong == []


def test_suspended_company_reads_but_does_not_write(
    sign_in: SignIn, company: Company, everything: Member
) -> None:
    slug = company.slug
    client = sign_in(everything)
    before = {
        route.name: ask(client, "get", route.path(slug, **with_ids(route))).status_code
        for route in tenant_routes()
    }
    with tenant(company.id):
        Tenant.objects.update(status=Tenant.Status.SUSPENDED)
    wrong = []
    for route in tenant_routes():
        values = with_ids(route)
        reads = ask(client, "get", route.path(slug, **values)).status_code
        writes = ask(client, "post", route.path(slug, **values)).status_code
        refused = {403, 405} | ({409} if route.name in table.OPENS_AGAIN else set())
        refused |= {404} if route.name in table.TAKES_ALONG else set()
        if reads != before[route.name] or writes not in refused:
            wrong.append(f"{route.name}: GET {before[route.name]} → {reads}, POST {writes}")
    assert wrong == []


def test_removed_member_finds_nothing_at_the_next_request(
    sign_in: SignIn, company: Company, everything: Member
) -> None:
    client = sign_in(everything)
    route = next(route for route in tenant_routes() if route.name == "audit_list")
    assert ask(client, "get", route.path(company.slug)).status_code == 200
    with tenant(company.id):
        services.member_remove(member=everything, actor=BOWLINE)
    assert {
        ask(client, method, route.path(company.slug, **with_ids(route))).status_code
        for route in tenant_routes()
        for method in METHODS
    } == {404}


def test_ids_of_another_company_answer_exactly_as_random_ids(
    sign_in: SignIn, company: Company, other_company: Company, everything: Member
) -> None:
    slug = company.slug
    foreign = fill(other_company, CANARY)
    client = sign_in(everything)
    wrong = []
    for route in (route for route in tenant_routes() if "uuid" in route.kinds.values()):
        for method in METHODS:
            random_id = uuid7()
            with savepoint():
                random = plain(
                    ask(client, method, route.path(slug, **with_ids(route, random_id))), random_id
                )
            if random[0] not in (404, 405):
                wrong.append(f"{method} {route.name}: a random id answers {random[0]}")
            for label, pk in foreign.items():
                with savepoint():
                    answer = ask(client, method, route.path(slug, **with_ids(route, pk)))
                if plain(answer, pk) != random or CANARY in answer.whole.decode():
                    wrong.append(f"{method} {route.name}: an id of {label}: {answer.status_code}")
    assert wrong == []


def test_ids_of_another_company_in_questions_answer_as_random_ids(
    sign_in: SignIn, company: Company, other_company: Company, everything: Member
) -> None:
    """Each select and hidden field of each page's forms, asked by GET and sent by POST."""
    slug = company.slug
    foreign = fill(other_company, CANARY)
    client = sign_in(everything)
    wrong, fields = [], 0
    for route in (route for route in tenant_routes() if not route.kinds):
        address = route.path(slug)
        for name in form_fields(ask(client, "get", address).whole.decode()):
            fields += 1
            for method in METHODS:
                random_id = uuid7()
                random = plain(send(client, method, address, name, random_id), random_id)
                for pk in foreign.values():
                    answer = send(client, method, address, name, pk)
                    if plain(answer, pk) != random:  # perhaps a minute has passed between the two
                        again = send(client, method, address, name, random_id)
                        random = plain(again, random_id)
                        answer = send(client, method, address, name, pk)
                    if plain(answer, pk) != random or CANARY in answer.whole.decode():
                        wrong.append(f"{method} {route.name} {name}: {answer.status_code}")
    assert wrong == []
    assert fields >= 2


def test_canary_of_another_company_is_in_no_answer(
    sign_in: SignIn, company: Company, other_company: Company, everything: Member
) -> None:
    fill(other_company, CANARY)
    with tenant(other_company.id):
        insider = services.member_add(
            email="insider@contoso.example", roles=list(ROLES), actor=BOWLINE
        )
    seen = [
        address
        for address, answer in answers(sign_in(insider), other_company.slug)
        if CANARY in answer
    ]
    assert len(seen) >= 5, f"the canary is hardly shown to its own people: {seen}"
    leaks = [
        (member.roles, address)
        for member in (everything, company.executive, company.observer)
        for address, answer in answers(sign_in(member), company.slug)
        if CANARY in answer
    ]
    assert leaks == []


def answers(client: Client, slug: str) -> Iterator[tuple[str, str]]:
    """Address and whole answer, headers included, of each GET route.

    Addresses with ids are left to the tests of foreign ids, which look for the canary too.
    """
    client.raise_request_exception = False
    for route in all_routes():
        elsewhere = route.pattern.startswith("dev/") or not route.name or "(?P<" in route.pattern
        if elsewhere or "uuid" in route.kinds.values():
            continue
        values = with_ids(route) | ({"slug": slug} if route.is_tenants else {})
        address = table.reverse(route.name, kwargs=values)
        with savepoint():
            response = client.get(address, headers={"Bowline-Tenant": slug})
            body = response.getvalue() if response.streaming else response.content
        yield address, f"{response.headers}\n{body.decode()}"


def form_fields(html: str) -> set[str]:
    """The names of the fields that can hold an id: selects and hidden inputs."""
    selects = re.findall(r'<select[^>]* name="(\w[\w-]*)"', html)
    hidden = re.findall(r'<input type="hidden" name="(\w[\w-]*)"', html)
    return {*selects, *hidden} - {"csrfmiddlewaretoken", "slug"}


def send(client: Client, method: str, address: str, name: str, value: Any) -> Any:
    client.cookies.pop("messages", None)  # what an earlier form said is shown once, by whoever asks
    with savepoint():
        response = getattr(client, method)(address, {name: str(value)})
        response.whole = response.getvalue() if response.streaming else response.content
    return response


class savepoint:
    """Undo what a request did, so that the order of requests never matters."""

    def __enter__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("savepoint guard")

    def __exit__(self, *_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("rollback to savepoint guard")
