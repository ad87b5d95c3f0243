"""Invitations: one mail, one use, one address; what the inviter sees of whom; what races leave."""

import re
import threading
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connections
from django.test import Client
from django.utils import timezone

from tenants import doors, invitations, services
from tenants.errors import Denied, Invalid, NotFound, WrongState
from tenants.isolation import tenant
from tenants.jobs.drain import drain
from tenants.models import AuditEvent, Invitation, Job, Member, Tenant, User
from tests.factories import PASSWORD, Company, make_company

ADDRESS = "nina@holm.example"


def invite(company: Company, email: str = ADDRESS, **facts: Any) -> Member:
    with tenant(company.id):
        return invitations.member_invite(
            email=email, actor=company.admin, **({"roles": ["cto"]} | facts)
        )


def send_mails(company: Company) -> None:
    """Run the mail jobs as a worker does, in this transaction."""
    with tenant(company.id):
        for job in Job.objects.filter(kind=invitations.JOB, state="queued").order_by("run_at"):
            invitations.send(job)
            Job.objects.filter(pk=job.pk).update(state="done")


def token_in(message: Any) -> str:
    found = re.search(r"/accounts/invitation/([\w-]{43})/", message.body)
    assert found is not None, message.body
    return found[1]


def invited(company: Company, email: str = ADDRESS, **facts: Any) -> str:
    """Invite and open the mail; the link's token."""
    invite(company, email, **facts)
    send_mails(company)
    return token_in(mail.outbox[-1])


def verbs(company: Company) -> list[str]:
    with tenant(company.id):
        return [event.verb for event in AuditEvent.objects.order_by("id")]


def known_person(other: Company) -> User:
    """Someone with a login, a name and a password from another company."""
    user = other.cto.user
    user.set_password(PASSWORD)
    user.last_login = timezone.now()
    user.save()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return user


def test_invited_person_is_a_member_who_can_be_named_and_may_nothing(company: Company) -> None:
    member = invite(company, " Nina@Holm.example ", name="Nina Holm", roles=["cto", "admin"])
    assert (member.status, member.name, member.email) == ("invited", "Nina Holm", ADDRESS)
    assert member.is_nameable
    assert not member.can("member.view")
    assert doors.memberships_of(member.user_id) == []
    with tenant(company.id):
        assert services.member_of(email=ADDRESS) is None
        with pytest.raises(Invalid, match="last admin"):  # an invited admin is none yet
            services.member_remove(member=company.admin, actor=company.admin)


def test_mail_says_who_what_and_until_when_and_holds_the_only_copy_of_the_link(
    company: Company,
) -> None:
    token = invited(company, name="Nina O'Hara <b>")
    message = mail.outbox[-1]
    assert message.to == [ADDRESS]
    assert message.subject == f"{company.admin.name} invites you to Northwind"
    for words in ("Nina O'Hara <b>", "as CTO", ADDRESS, "works once"):
        assert words in message.body
    page = str(message.alternatives[0][0])  # type: ignore[attr-defined]
    assert f'/accounts/invitation/{token}/"' in page
    assert "Nina O&#39;Hara &lt;b&gt;" in page
    with tenant(company.id):
        job = Job.objects.get(kind=invitations.JOB)
        row = Invitation.objects.get()
        assert f"<{job.pk}@" in message.extra_headers["Message-ID"]
        assert token not in str(job.args) + str(bytes(row.token_hash)) + str(bytes(row.salt))
        assert row.sent_at is not None


def test_sending_twice_is_the_same_mail(company: Company) -> None:
    invite(company)
    with tenant(company.id):
        job = Job.objects.get(kind=invitations.JOB)
        for _ in range(2):
            invitations.send(job)
    first, second = mail.outbox
    assert first.body == second.body
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_line_break_in_a_company_name_does_not_reach_the_subject(company: Company) -> None:
    with tenant(company.id):
        Tenant.objects.update(name="North\r\nBcc: all@x.example")
    invited(company)
    assert mail.outbox[-1].subject.endswith("North Bcc: all@x.example")
    assert mail.outbox[-1].recipients() == [ADDRESS]


def test_new_person_joins_with_name_and_password_once(company: Company) -> None:
    token = invited(company, roles=["cto", "team"], name="N.")
    user = invitations.invitation_accept(
        token=token, user=None, name=" Nina Holm ", password=PASSWORD
    )
    assert user.name == "Nina Holm"
    assert user.check_password(PASSWORD)
    assert EmailAddress.objects.get(user=user).verified
    with tenant(company.id):
        member = Member.objects.select_related("user").get(user=user)
        assert (member.status, member.roles, member.name) == (
            "active",
            ["cto", "team"],
            "Nina Holm",
        )
        assert member.joined_at is not None
    assert "member.joined" in verbs(company)
    with pytest.raises(WrongState, match="used already"):
        invitations.invitation_accept(token=token, user=None, name="X", password=PASSWORD)
    assert invitations.invitation_accept(token=token, user=user) == user
    assert verbs(company).count("member.joined") == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " ", "password": PASSWORD}, "name"),
        ({"name": "Nina", "password": "short"}, "password"),
        ({"name": "Nina", "password": "password12345"}, "password"),
        ({"name": "Nina", "password": "nina@holm.example"}, "password"),
        ({"name": "N" * 121, "password": PASSWORD}, "name"),
    ],
)
def test_weak_password_or_no_name_is_named_and_the_link_goes_on(
    company: Company, facts: dict[str, str], field: str
) -> None:
    token = invited(company)
    with pytest.raises(Invalid) as refused:
        invitations.invitation_accept(token=token, user=None, **facts)
    assert field in refused.value.errors
    assert invitations.open_link(token).state == "open"
    with tenant(company.id):
        assert not User.objects.get(email=ADDRESS).has_usable_password()


def test_name_of_an_existing_login_shows_only_after_they_accept(
    company: Company, other_company: Company
) -> None:
    user = known_person(other_company)
    member = invite(company, user.email)
    assert member.name == user.email
    assert user.name not in f"{member} {member.initials} {member.actor_name}"
    with tenant(company.id):
        shown = str(list(AuditEvent.objects.filter(target_id=member.pk).values()))
    assert user.name not in shown
    send_mails(company)
    assert user.name not in mail.outbox[-1].body
    invitations.invitation_accept(token=token_in(mail.outbox[-1]), user=user)
    with tenant(company.id):
        assert Member.objects.get(pk=member.pk).name == user.name


def test_name_the_inviter_gave_never_becomes_the_logins(
    company: Company, other_company: Company
) -> None:
    user = known_person(other_company)
    User.objects.filter(pk=user.pk).update(name="")
    invite(company, user.email, name="Somebody")
    assert User.objects.get(pk=user.pk).name == ""


def test_link_in_the_hands_of_another_address_changes_nothing(
    company: Company, other_company: Company
) -> None:
    token = invited(company)
    stranger = known_person(other_company)
    with pytest.raises(WrongState, match=f"for {ADDRESS}, and you are signed in as"):
        invitations.invitation_accept(token=token, user=stranger)
    assert invitations.open_link(token).state == "open"
    invitations.invitation_accept(token=token, user=None, name="Nina", password=PASSWORD)


def test_second_confirmed_address_of_a_login_may_accept(
    company: Company, other_company: Company
) -> None:
    token = invited(company)
    user = known_person(other_company)
    EmailAddress.objects.create(user=user, email=ADDRESS, verified=True, primary=False)
    with pytest.raises(WrongState, match="has a login"):
        invitations.invitation_accept(token=token, user=None, name="Nina", password=PASSWORD)
    invitations.invitation_accept(token=token, user=user)
    assert {m.slug for m in doors.memberships_of(user.pk)} == {"northwind", "contoso"}


def test_unconfirmed_address_of_a_login_does_not_count(
    company: Company, other_company: Company
) -> None:
    token = invited(company)
    user = known_person(other_company)
    EmailAddress.objects.create(user=user, email=ADDRESS, verified=False, primary=False)
    with pytest.raises(WrongState):
        invitations.invitation_accept(token=token, user=user)


def test_link_is_too_old_after_a_week_and_a_new_one_works(company: Company) -> None:
    with time_machine.travel("2026-10-05T09:00Z", tick=False):
        token = invited(company)
    with time_machine.travel("2026-10-12T08:59Z", tick=False):
        assert invitations.open_link(token).state == "open"
    with time_machine.travel("2026-10-12T09:00Z", tick=False):
        assert invitations.open_link(token).state == "expired"
        with pytest.raises(WrongState, match=f"Ask {company.admin.name} to send it again"):
            invitations.invitation_accept(token=token, user=None, name="N", password=PASSWORD)
        with tenant(company.id):
            member = Member.objects.get(invited_email=ADDRESS)
            invitations.invitation_resend(member=member, actor=company.admin)
        send_mails(company)
        fresh = token_in(mail.outbox[-1])
        assert fresh != token
        with pytest.raises(NotFound):
            invitations.open_link(token)
        invitations.invitation_accept(token=fresh, user=None, name="Nina", password=PASSWORD)


def test_withdrawn_link_says_so_and_its_mail_is_not_sent_any_more(company: Company) -> None:
    token = invited(company)
    with tenant(company.id):
        member = Member.objects.get(invited_email=ADDRESS)
        invitations.invitation_resend(member=member, actor=company.admin)
        for _ in range(2):
            gone = invitations.invitation_revoke(member=member, actor=company.admin)
    assert (gone.status, gone.never_joined, gone.is_nameable) == ("left", True, False)
    sent = len(mail.outbox)
    send_mails(company)
    assert len(mail.outbox) == sent
    with pytest.raises(NotFound):
        invitations.open_link(token)
    assert verbs(company).count("member.invitation_revoked") == 1
    again = invite(company)
    assert (again.pk, again.status) == (member.pk, "invited")


def test_inviting_a_member_or_an_invited_person_again_is_refused(company: Company) -> None:
    with pytest.raises(WrongState, match="is a member already"):
        invite(company, company.team.email.upper())
    invite(company)
    with pytest.raises(WrongState, match="is invited already"):
        invite(company, f" {ADDRESS.upper()}")
    with tenant(company.id):
        assert Invitation.objects.count() == 1


@pytest.mark.parametrize("email", ["", "nobody", "a@", "a b@x.example", "a@x\n.example", "x" * 300])
def test_odd_address_is_named_and_leaves_nothing(company: Company, email: str) -> None:
    logins = User.objects.count()
    with pytest.raises(Invalid) as refused:
        invite(company, email)
    assert "email" in refused.value.errors
    assert User.objects.count() == logins


def test_leaver_comes_back_as_the_same_member_with_their_history(company: Company) -> None:
    member, joined = company.team, company.team.joined_at
    with tenant(company.id):
        services.member_leave(member=member)
    token = invited(company, member.email, roles=["board"])
    user = member.user
    user.last_login = timezone.now()
    user.save()
    invitations.invitation_accept(token=token, user=user)
    with tenant(company.id):
        back = Member.objects.get(pk=member.pk)
        assert (back.status, back.roles, back.joined_at, back.left_at) == (
            "active", ["board"], joined, None,
        )  # fmt: skip
    assert verbs(company)[-3:] == ["member.left", "member.invited", "member.joined"]


@pytest.mark.parametrize("role", ["executive", "cto", "finance", "board", "team", "observer"])
def test_only_admins_invite_resend_and_withdraw(company: Company, role: str) -> None:
    member = invite(company)
    actor = company.member(role)
    with tenant(company.id):
        for attempt in (
            lambda: invitations.member_invite(email="n@x.example", roles=["team"], actor=actor),
            lambda: invitations.invitation_resend(member=member, actor=actor),
            lambda: invitations.invitation_revoke(member=member, actor=actor),
        ):
            with pytest.raises(Denied):
                attempt()


def test_member_added_by_hand_uses_the_invitation_up(company: Company) -> None:
    token = invited(company)
    with tenant(company.id):
        services.member_add(email=ADDRESS, roles=["team"], actor=company.admin)
    assert invitations.open_link(token).state == "used"


def test_suspended_company_lets_nobody_join(company: Company) -> None:
    token = invited(company)
    with tenant(company.id):
        Tenant.objects.update(status="suspended")
    with pytest.raises(WrongState, match="suspended"):
        invitations.invitation_accept(token=token, user=None, name="N", password=PASSWORD)


def at_once(*jobs: Any) -> list[str]:
    """Run each in a thread of its own, together; the outcomes' names."""
    outcomes: list[str] = []
    start = threading.Barrier(len(jobs))

    def run(job: Any) -> None:
        try:
            start.wait()
            job()
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.usefixtures("committed_db")
def test_races_over_one_invitation_leave_one_winner() -> None:
    company = make_company("northwind")
    assert at_once(lambda: invite(company), lambda: invite(company)) == ["WrongState", "done"]
    drain(queues=["mail"])
    token = token_in(mail.outbox[-1])

    def accept() -> None:
        invitations.invitation_accept(token=token, user=None, name="Nina", password=PASSWORD)

    assert at_once(accept, accept) == ["WrongState", "done"]
    with tenant(company.id):
        member = Member.objects.get(invited_email=ADDRESS)
        assert Invitation.objects.get().accepted_at is not None

    def change(roles: list[str]) -> None:
        with tenant(company.id):
            services.member_set_roles(member=member, roles=roles, actor=company.admin)

    def demote(by: Member, other: Member) -> None:
        with tenant(company.id):
            services.member_set_roles(member=other, roles=["team"], actor=by)

    change(["admin"])
    with tenant(company.id):
        member = Member.objects.select_related("user").get(pk=member.pk)
    outcomes = at_once(lambda: demote(company.admin, member), lambda: demote(member, company.admin))
    with tenant(company.id):
        admins = Member.objects.filter(status="active", roles__contains=["admin"]).count()
    assert admins == 1
    assert outcomes == ["Invalid", "done"]


# ---- the page behind the link ----


def page(client: Client, token: str) -> Any:
    return client.get(f"/accounts/invitation/{token}/")


def test_page_makes_the_login_signs_in_and_opens_the_company(
    client: Client, company: Company
) -> None:
    token = invited(company, name="Nina")
    html = page(client, token).content.decode()
    assert "Join Northwind" in html
    assert 'value="Nina"' in html
    wrong = client.post(f"/accounts/invitation/{token}/", {"name": "Nina", "password": "short"})
    assert wrong.status_code == 422
    assert "short" not in re.sub(r"<[^>]*>", "", wrong.content.decode()).split("Password")[0]
    done = client.post(
        f"/accounts/invitation/{token}/", {"name": "Nina Holm", "password": PASSWORD}
    )
    assert (done.status_code, done["Location"]) == (302, "/t/northwind/")
    assert client.get("/t/northwind/people/").status_code == 200
    assert page(Client(), token).status_code == 410


def test_page_sends_an_existing_login_to_sign_in_first(
    client: Client, company: Company, other_company: Company
) -> None:
    user = known_person(other_company)
    token = invited(company, user.email)
    html = page(client, token).content.decode()
    assert f"/accounts/login/?next=/accounts/invitation/{token}/" in html
    assert user.name not in html
    assert client.post(f"/accounts/invitation/{token}/").status_code == 409
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert "Join Northwind" in page(client, token).content.decode()
    done = client.post(f"/accounts/invitation/{token}/")
    assert done["Location"] == "/t/northwind/"


def test_page_in_the_session_of_another_address_explains_and_keeps_everything(
    sign_in: Any, company: Company, other_company: Company
) -> None:
    token = invited(company)
    client = sign_in(other_company.cto)
    response = page(client, token)
    html = response.content.decode()
    assert f"You are signed in as {other_company.cto.email}." in html
    assert ADDRESS in html
    assert client.post(f"/accounts/invitation/{token}/").status_code == 409
    assert invitations.open_link(token).state == "open"


@pytest.mark.parametrize("token", ["x", "%00", "a" * 43, "ü" * 5, "a" * 5000])
def test_page_of_a_token_that_never_was(client: Client, company: Company, token: str) -> None:
    assert page(client, token).status_code == 404
