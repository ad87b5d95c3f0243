"""The people pages: who sees what, what is asked first, what a change of roles shows."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants import invitations, services
from tenants.isolation import tenant
from tenants.models import ApiKey, Member
from tenants.people.rights import WORDS, area_of, gained_and_lost, matrix, names_of, words_of
from tenants.permissions import PERMISSIONS
from tests.factories import BOWLINE, PASSWORD, Company

SignIn = Callable[[Any], Client]
LIST = "/t/northwind/people/"


def invite(company: Company, email: str) -> Member:
    with tenant(company.id):
        return invitations.member_invite(email=email, roles=["cto"], actor=company.admin)


def with_password(member: Member) -> Member:
    member.user.set_password(PASSWORD)
    member.user.save()
    return member


def test_list_asks_the_same_number_of_queries_whatever_it_shows(
    sign_in: SignIn, company: Company
) -> None:
    client = sign_in(company.admin)
    client.get(LIST)
    counts = []
    for n in (1, 2, 3):
        invite(company, f"nina{n}@holm.example")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            html = client.get(LIST).content.decode()
        assert f"nina{n}@holm.example" in html
        counts.append(len(asked))
    assert counts[0] == counts[2]


def test_list_is_searched_in_what_the_company_may_see(
    sign_in: SignIn, company: Company, other_company: Company
) -> None:
    invite(company, other_company.cto.email)
    client = sign_in(company.admin)
    html = client.get(LIST, {"q": "contoso"}).content.decode()
    assert other_company.cto.email in html
    assert other_company.cto.name not in html
    assert company.cto.email not in html
    html = client.get(LIST, {"q": other_company.cto.name}).content.decode()
    assert "Nobody matches." in html
    html = client.get(LIST, {"role": "cto", "status": "active"}).content.decode()
    assert company.cto.email in html
    assert other_company.cto.email not in html
    assert client.get(LIST, {"role": "king"}).status_code == 422


def test_second_factors_of_others_show_to_admins_alone(sign_in: SignIn, company: Company) -> None:
    assert "Second factor" in sign_in(company.admin).get(LIST).content.decode()
    html = sign_in(company.executive).get(LIST).content.decode()
    assert "Second factor" not in html
    assert "Invite someone" not in html


def test_invitation_by_form_and_its_refusals_in_place(sign_in: SignIn, company: Company) -> None:
    client = sign_in(company.admin)
    sent = client.post(f"{LIST}invite/", {"email": "nina@holm.example", "roles": ["cto"]})
    assert sent.status_code == 303
    for facts, word in (
        ({"email": "nina@holm.example", "roles": ["cto"]}, "is invited already"),
        ({"email": company.cto.email, "roles": ["cto"]}, "is a member already"),
        ({"email": "nobody", "roles": ["cto"]}, "valid"),
        ({"email": "x@y.example"}, "at least one role"),
    ):
        response = client.post(f"{LIST}invite/", facts)
        assert response.status_code in (409, 422)
        html = response.content.decode()
        assert word in html
        assert f'value="{facts["email"]}"' in html


def test_roles_are_shown_by_what_they_give_and_take_then_changed(
    sign_in: SignIn, company: Company
) -> None:
    client = sign_in(company.admin)
    path = f"{LIST}{company.team.pk}/roles/"
    html = client.post(path, {"roles": ["observer"]}).content.decode()
    assert "Team Northwind becomes Observer" in html
    assert WORDS["terms.view"] in html
    assert WORDS["kpi.measure"] in html
    with tenant(company.id):
        assert Member.objects.get(pk=company.team.pk).roles == ["team"]
    assert client.post(path, {"roles": ["observer"], "confirmed": "1"}).status_code == 303
    with tenant(company.id):
        assert Member.objects.get(pk=company.team.pk).roles == ["observer"]
    own = f"{LIST}{company.admin.pk}/roles/"
    last = client.post(own, {"roles": ["team"], "confirmed": "1"})
    assert last.status_code == 422
    assert "last admin" in last.content.decode()
    assert client.post(path, {}).status_code == 422


def test_change_of_roles_counts_in_the_session_that_is_open(
    sign_in: SignIn, company: Company
) -> None:
    client = sign_in(company.executive)
    assert client.get("/t/northwind/audit/").status_code == 200
    with tenant(company.id):
        services.member_set_roles(member=company.executive, roles=["team"], actor=BOWLINE)
    assert client.get("/t/northwind/audit/").status_code == 403


def test_removal_and_leaving_say_what_they_mean_and_last_admin_stays(
    sign_in: SignIn, company: Company
) -> None:
    client = sign_in(company.admin)
    path = f"{LIST}{company.team.pk}/remove/"
    assert "API keys here stop at once" in client.get(path).content.decode()
    assert client.post(path).status_code == 303
    stays = client.post(f"{LIST}leave/")
    assert stays.status_code == 422
    assert "last admin" in stays.content.decode()
    board = sign_in(company.board)
    assert board.post(f"{LIST}leave/").status_code == 303
    assert board.get(LIST).status_code == 404
    with tenant(company.id):
        assert set(Member.objects.filter(status="left").values_list("pk", flat=True)) == {
            company.team.pk, company.board.pk,
        }  # fmt: skip


def test_matrix_page_shows_each_right_of_the_table(sign_in: SignIn, company: Company) -> None:
    html = sign_in(company.team).get(f"{LIST}roles/").content.decode()
    for permission in PERMISSIONS:
        assert words_of(permission).replace("'", "&#39;") in html
    assert sum(len(area.rights) for area in matrix()) == len(PERMISSIONS)
    assert words_of("spend_request.approve") in ("Approve spend request", WORDS.get(
        "spend_request.approve"))  # fmt: skip
    assert area_of("member.view") == "People"


def test_change_of_roles_in_words() -> None:
    gained, lost = gained_and_lost(["team"], ["team", "cto"])
    assert "Log hours" in gained
    assert lost == []
    assert gained_and_lost(["cto"], ["cto"]) == ([], [])
    assert names_of(["team", "admin"]) == "Admin and Team"
    assert names_of(["team", "admin", "cto"]) == "Admin, CTO and Team"


# ---- keys ----


def test_key_is_shown_once_and_ends_by_its_own_member(sign_in: SignIn, company: Company) -> None:
    client = sign_in(company.cto)
    made = client.post(f"{LIST}keys/new/", {"name": "Laptop", "lives": "30"})
    assert made.status_code == 201
    found = re.search(r'value="(bl_[0-9a-f]{12}\.[\w-]{43})"', made.content.decode())
    assert found is not None
    called = Client().get("/api/v1/members/me/", headers={"Authorization": f"Bearer {found[1]}"})
    assert called.json()["id"] == str(company.cto.pk)
    html = client.get(f"{LIST}keys/").content.decode()
    assert found[1] not in html
    assert "Laptop" in html
    with tenant(company.id):
        key = ApiKey.objects.get()
        assert key.expires_at is not None
    assert sign_in(company.board).post(f"{LIST}keys/{key.pk}/revoke/").status_code == 404
    assert client.post(f"{LIST}keys/{key.pk}/revoke/").status_code == 303
    again = Client().get("/api/v1/members/me/", headers={"Authorization": f"Bearer {found[1]}"})
    assert again.status_code == 401


def test_service_keys_are_made_by_admins_with_named_scopes(
    sign_in: SignIn, company: Company
) -> None:
    facts = {"name": "Import", "kind": "service", "lives": ""}
    admin = sign_in(company.admin)
    none = admin.post(f"{LIST}keys/new/", facts)
    assert none.status_code == 422
    assert "at least one scope" in none.content.decode()
    assert admin.post(f"{LIST}keys/new/", facts | {"scopes": ["kpi.measure"]}).status_code == 201
    # someone else's form has no such choice: what they send makes a key of their own
    assert sign_in(company.team).post(f"{LIST}keys/new/", facts).status_code == 201
    with tenant(company.id):
        assert [k.member_id for k in ApiKey.objects.order_by("id")] == [None, company.team.pk]


# ---- what asks first ----


@pytest.mark.parametrize(
    "path", ["invite/", "leave/", "keys/new/", "{pk}/remove/", "{pk}/roles/", "security/"]
)
def test_dangerous_page_asks_first_in_a_session_that_was_left_open(
    sign_in: SignIn, company: Company, path: str
) -> None:
    client = sign_in(with_password(company.admin))  # no sign-in of the last 15 minutes
    address = LIST + path.format(pk=company.team.pk)
    response = client.post(address, {"roles": ["board"], "confirmed": "1"})
    assert response.status_code == 303
    assert response["Location"].startswith("/accounts/reauthenticate/?next=%2Ft%2Fnorthwind%2F")
    with tenant(company.id):
        assert Member.objects.get(pk=company.team.pk).roles == ["team"]
    confirmed = client.post(response["Location"], {"password": PASSWORD})
    assert confirmed.status_code == 302
    assert client.get(confirmed["Location"]).status_code == 200


def test_session_at_the_api_confirms_itself_too_but_a_key_need_not(
    sign_in: SignIn, api: Any, company: Company
) -> None:
    client = sign_in(with_password(company.admin))
    path = f"/api/v1/members/{company.team.pk}/"
    body = '{"roles": ["board"]}'
    client.handler.enforce_csrf_checks = False
    refused = client.patch(path, body, content_type="application/json")
    assert refused.status_code == 403
    assert "Confirm that it is you" in refused.json()["detail"]
    assert api(company.admin).patch(f"/members/{company.team.pk}/", {"roles": ["board"]}).json()[
        "roles"
    ] == ["board"]


# ---- API ----


def test_api_invites_resends_withdraws_and_says_who_is_calling(api: Any, company: Company) -> None:
    admin = api(company.admin)
    made = admin.post("/members/", {"email": "n@x.example", "name": "Nina", "roles": ["cto"]})
    assert made.status_code == 201
    row = made.json()
    assert (row["name"], row["email"], row["roles"], row["status"]) == (
        "Nina", "n@x.example", ["cto"], "invited",
    )  # fmt: skip
    assert row["invitation_expires_at"].endswith("Z")
    path = f"/members/{row['id']}"
    assert admin.post("/members/", {"email": "n@x.example", "roles": ["cto"]}).status_code == 409
    assert row["id"] in {each["id"] for each in admin.get("/members/").json()["results"]}
    later = admin.post(f"{path}/resend/").json()["invitation_expires_at"]
    assert later > row["invitation_expires_at"]
    assert admin.post(f"{path}/revoke/").json()["status"] == "left"
    assert admin.post(f"{path}/resend/").status_code == 409
    assert admin.post(f"/members/{company.cto.pk}/revoke/").status_code == 409
    team = api(company.team)
    assert team.get("/members/me/").json()["id"] == str(company.team.pk)
    assert team.delete("/members/me/").status_code == 204
    assert team.get("/members/me/").status_code == 401
    assert admin.delete("/members/me/").status_code == 422


def test_invited_person_can_be_named_as_cto(api: Any, company: Company) -> None:
    member = invite(company, "nina@holm.example")
    made = api(company.admin).post(
        "/engagements/",
        {
            "title": "CTO",
            "purpose": "Steady the platform.",
            "cto": str(member.pk),
            "starts_on": "2026-01-05",
        },
    )
    assert made.status_code == 201, made.json()
