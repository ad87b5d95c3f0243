"""Sign-ins, sign-outs and wrong passwords are in the trail of each tenant they concern."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from tenants import services
from tenants.isolation import tenant
from tenants.models import AuditEvent
from tests.factories import BOWLINE, PASSWORD, Company


@pytest.fixture
def signs_in(company: Company, other_company: Company) -> Company:
    """The CTO works for both companies and has a password."""
    user = company.cto.user
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    with tenant(other_company.id):
        services.member_add(email=user.email, roles=["cto"], actor=BOWLINE)
    return company


def events(company: Company) -> list[tuple[str, str, str]]:
    with tenant(company.id):
        return [
            (event.verb, event.actor_name, event.target_label)
            for event in AuditEvent.objects.filter(verb__contains="sign").order_by("id")
        ]


def sign_in(client: Client, email: str, password: str = PASSWORD) -> int:
    return client.post("/accounts/login/", {"login": email, "password": password}).status_code


def test_sign_in_and_out_are_events_of_each_tenant_of_the_person(
    client: Client, signs_in: Company, other_company: Company
) -> None:
    name = signs_in.cto.name
    assert sign_in(client, signs_in.cto.email) == 302
    client.post("/accounts/logout/")
    expected = [("member.signed_in", name, name), ("member.signed_out", name, name)]
    assert events(signs_in) == expected
    assert events(other_company) == expected


def test_wrong_password_is_an_event_by_a_visitor_without_the_password(
    client: Client, signs_in: Company, other_company: Company
) -> None:
    assert sign_in(client, signs_in.cto.email.upper(), "a wrong one") == 200
    for company in (signs_in, other_company):
        assert events(company) == [("member.sign_in_failed", "A visitor", signs_in.cto.name)]
        with tenant(company.id):
            event = AuditEvent.objects.get(verb="member.sign_in_failed")
        assert event.changes == {"network_address": "127.0.0.1"}
        assert event.actor_id is None


def test_unknown_address_leaves_no_event(
    client: Client, signs_in: Company, other_company: Company
) -> None:
    sign_in(client, "nobody@x.example")
    assert events(signs_in) == events(other_company) == []


def test_former_members_sign_in_concerns_the_company_no_more(
    client: Client, signs_in: Company, other_company: Company
) -> None:
    with tenant(signs_in.id):
        services.member_remove(member=signs_in.cto, actor=BOWLINE)
    assert sign_in(client, signs_in.cto.email) == 302
    assert events(signs_in) == []
    assert [verb for verb, *_ in events(other_company)] == ["member.signed_in"]
