"""Members, tenants and keys: who may, what holds at once in two threads, what is recorded."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from tenants import doors, services
from tenants.errors import Denied, Invalid, StaleVersion, Suspended
from tenants.isolation import tenant
from tenants.models import ApiKey, AuditEvent, Member, Tenant, User
from tests.factories import BOWLINE, Company, make_company


def verbs() -> list[str]:
    return [event.verb for event in AuditEvent.objects.order_by("id")]


def test_adding_a_member_twice_changes_nothing_the_second_time(inside: Company) -> None:
    first = services.member_add(email="New@X.example ", roles=["cto", "cto"], actor=inside.admin)
    before = verbs()
    again = services.member_add(email="new@x.example", roles=["cto"], actor=inside.admin)
    assert (again.pk, again.roles, again.email) == (first.pk, ["cto"], "new@x.example")
    assert verbs() == before
    assert User.objects.filter(email="new@x.example").count() == 1


def test_new_login_cannot_sign_in_until_a_password_is_set(inside: Company) -> None:
    member = services.member_add(email="new@x.example", roles=["team"], actor=inside.admin)
    assert not member.user.has_usable_password()


def test_leaver_returns_with_the_new_roles_as_the_same_member(inside: Company) -> None:
    services.member_remove(member=inside.team, actor=inside.admin)
    assert doors.memberships_of(inside.team.user_id) == []
    back = services.member_add(email=inside.team.email, roles=["board"], actor=inside.admin)
    assert (back.pk, back.status, back.left_at, back.roles) == (
        inside.team.pk, Member.Status.ACTIVE, None, ["board"],
    )  # fmt: skip
    assert [m.roles for m in doors.memberships_of(inside.team.user_id)] == [["board"]]


def test_removing_twice_is_harmless_and_recorded_once(inside: Company) -> None:
    for _ in range(2):
        services.member_remove(member=inside.team, actor=inside.admin)
    assert verbs().count("member.removed") == 1


@pytest.mark.parametrize("role", ["executive", "cto", "finance", "board", "team", "observer"])
def test_only_admins_manage_members_and_the_company(inside: Company, role: str) -> None:
    actor = inside.member(role)
    before = verbs()
    for attempt in (
        lambda: services.member_add(email="n@x.example", roles=["admin"], actor=actor),
        lambda: services.member_set_roles(member=actor, roles=["admin"], actor=actor),
        lambda: services.member_remove(member=inside.admin, actor=actor),
        lambda: services.tenant_update(tenant=inside.tenant, actor=actor, changes={"name": "X"}),
        lambda: services.api_key_create(actor=actor, name="k", scopes=["kpi.view"]),
        lambda: services.api_key_create(actor=actor, name="k", member=inside.admin),
    ):
        with pytest.raises(Denied):
            attempt()
    assert verbs() == before


@pytest.mark.parametrize(
    ("roles", "field"), [([], "roles"), (["king"], "roles"), (["admin", "king"], "roles")]
)
def test_roles_that_are_none_are_named(inside: Company, roles: list[str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.member_set_roles(member=inside.team, roles=roles, actor=inside.admin)
    assert refused.value.errors.keys() == {field}


@pytest.mark.parametrize("email", ["", "nobody", "a@", "a b@x.example", "x" * 300 + "@x.example"])
def test_address_that_is_none_is_named(inside: Company, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.member_add(email=email, roles=["team"], actor=inside.admin)
    assert "email" in refused.value.errors


def test_last_admin_keeps_the_role_and_the_place(inside: Company) -> None:
    for attempt in (
        lambda: services.member_set_roles(
            member=inside.admin, roles=["executive"], actor=inside.admin
        ),
        lambda: services.member_remove(member=inside.admin, actor=inside.admin),
        lambda: services.member_add(email=inside.admin.email, roles=["team"], actor=inside.admin),
    ):
        with pytest.raises(Invalid, match="last admin"):
            attempt()
    assert Member.objects.get(pk=inside.admin.pk).roles == ["admin"]
    services.member_set_roles(member=inside.cto, roles=["admin", "cto"], actor=inside.admin)
    services.member_remove(member=inside.admin, actor=inside.admin)


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("way", ["remove", "roles"])
def test_two_admins_who_leave_at_once_leave_one_behind(way: str) -> None:
    company = make_company("northwind")
    with tenant(company.id):
        services.member_set_roles(member=company.cto, roles=["admin"], actor=BOWLINE)
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def leave(member: Member) -> None:
        try:
            with tenant(company.id):
                start.wait()  # both transactions are open
                if way == "remove":
                    services.member_remove(member=member, actor=BOWLINE)
                else:
                    services.member_set_roles(member=member, roles=["team"], actor=BOWLINE)
            outcomes.append("left")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=leave, args=(m,)) for m in (company.admin, company.cto)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with tenant(company.id):
        left = Member.objects.filter(status="active", roles__contains=["admin"]).count()
    assert left == 1
    assert sorted(outcomes) == ["Invalid", "left"]


def test_company_settings_change_with_before_and_after(inside: Company) -> None:
    changed = services.tenant_update(
        tenant=inside.tenant, actor=inside.admin, changes={"name": "Northwind Ltd", "slug": "evil"}
    )
    assert (changed.name, changed.slug) == ("Northwind Ltd", inside.slug)
    event = AuditEvent.objects.order_by("-id").first()
    assert event is not None
    assert event.changes == {"name": ["Northwind", "Northwind Ltd"]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"currency": "usd"}, "currency"),
        ({"name": ""}, "name"),
        ({"fiscal_year_start_month": 13}, "fiscal_year_start_month"),
        ({"week_start": "friday"}, "week_start"),
    ],
)
def test_odd_company_settings_are_named(
    inside: Company, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.tenant_update(tenant=inside.tenant, actor=inside.admin, changes=changes)
    assert field in refused.value.errors


def test_settings_read_before_someone_changed_them_are_stale(inside: Company) -> None:
    read_at = Tenant.objects.get(pk=inside.id).updated_at
    services.tenant_update(tenant=inside.tenant, actor=inside.admin, changes={"name": "One"})
    with pytest.raises(StaleVersion):
        services.tenant_update(
            tenant=inside.tenant, actor=inside.admin, changes={"name": "Two"}, if_unmodified=read_at
        )


def test_suspended_company_is_not_changed(inside: Company) -> None:
    Tenant.objects.update(status=Tenant.Status.SUSPENDED)
    with pytest.raises(Suspended):
        services.tenant_update(
            tenant=Tenant.objects.get(), actor=inside.admin, changes={"name": "One"}
        )


def test_tenant_with_a_taken_or_odd_slug_is_refused(company: Company) -> None:
    facts = {"name": "X", "time_zone": "UTC", "currency": "USD", "admin_email": "a@x.example"}
    for slug in (company.slug, "", "-x", "X", "a b", "x" * 41, "ü"):
        with pytest.raises(Invalid) as refused:
            services.tenant_create(slug=slug, **facts)
        assert "slug" in refused.value.errors


def test_key_is_shown_once_kept_as_a_hash_and_found_by_its_prefix(inside: Company) -> None:
    key, shown = services.api_key_create(actor=inside.cto, name="Laptop", member=inside.cto)
    prefix, _, secret = shown.partition(".")
    assert key.prefix == prefix
    assert len(secret) == 43
    assert secret.encode() not in bytes(key.secret_hash)
    entry = doors.api_key(prefix)
    assert entry is not None
    assert (entry.id, entry.tenant_id, entry.revoked_at) == (key.pk, inside.id, None)
    assert doors.api_key("bl_000000000000") is None
    event = AuditEvent.objects.order_by("-id").first()
    assert event is not None
    assert secret not in str(event.changes)


def test_key_ends_when_revoked_and_with_its_member(inside: Company) -> None:
    own, _ = services.api_key_create(actor=inside.cto, name="One", member=inside.cto)
    other, _ = services.api_key_create(actor=inside.cto, name="Two", member=inside.cto)
    services.api_key_revoke(key=own, actor=inside.cto)
    with pytest.raises(Denied):
        services.api_key_revoke(key=other, actor=inside.team)
    services.member_remove(member=inside.cto, actor=inside.admin)
    for key in (own, other):
        entry = doors.api_key(key.prefix)
        assert entry is not None
        assert entry.revoked_at is not None
    assert not ApiKey.objects.get(pk=other.pk).can("kpi.view")


def test_expiry_is_known_at_the_door(inside: Company) -> None:
    past = timezone.now() - dt.timedelta(seconds=1)
    with pytest.raises(Invalid):
        services.api_key_create(
            actor=inside.admin, name="Old", scopes=["kpi.view"], expires_at=past
        )
    key, _ = services.api_key_create(
        actor=inside.admin,
        name="Old",
        scopes=["kpi.view"],
        expires_at=timezone.now() + dt.timedelta(days=1),
    )
    ApiKey.objects.update(expires_at=past)
    entry = doors.api_key(key.prefix)
    assert entry is not None
    assert entry.expires_at == past


@pytest.mark.parametrize("scopes", [[], ["no.such"]])
def test_service_key_needs_known_scopes(inside: Company, scopes: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        services.api_key_create(actor=inside.admin, name="k", scopes=scopes)
    assert "scopes" in refused.value.errors


def test_key_of_another_company_cannot_be_given_a_member_here(
    other_company: Company, inside: Company
) -> None:
    with pytest.raises(Invalid) as refused:
        services.api_key_create(actor=inside.admin, name="k", member=other_company.cto)
    assert "member" in refused.value.errors


@pytest.mark.parametrize("name", ["", "x" * 121])
def test_key_needs_a_name_that_fits(inside: Company, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        services.api_key_create(actor=inside.cto, name=name, member=inside.cto)
    assert "name" in refused.value.errors
