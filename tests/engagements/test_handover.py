"""The handover pack: its score and reasons, what it holds, how it survives, who gets it."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from engagements import services
from engagements.handover import packing, tasks
from engagements.handover.registry import PARTS, Check, assess, parts, register_part
from engagements.models import Engagement, HandoverPack, IntegrationActivity, Stakeholder
from kpis.models import Kpi
from kpis.rollups.working import work_off_marks
from kpis.services.measurements import measurements_record
from tenants.company import services as company_services
from tenants.errors import Denied, NotFound
from tenants.files.services import attach, remove_expired
from tenants.files.storage import read_chunks
from tenants.isolation import tenant
from tenants.jobs.drain import drain
from tenants.jobs.registry import kind_of
from tenants.models import AuditEvent, FileChunk, Job, Notification, StoredFile, Tenant
from tests.api_client import ApiClient
from tests.decisions.builders import approved, draft, sent
from tests.engagements.builders import add_terms, log, make_engagement
from tests.factories import BOWLINE, Company, make_company
from tests.reviews.builders import acknowledged, ask

SignIn = Callable[[Any], Client]
NOW = dt.datetime(2026, 10, 15, 15, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _parts() -> Any:
    """Parts that a test registers go when it ends."""
    kept = dict(PARTS)
    yield
    PARTS.clear()
    PARTS.update(kept)


def furnished(company: Company) -> Engagement:
    """An engagement with terms, time, a letter, a figure, a person and a document."""
    engagement = make_engagement(company, purpose="=SUM(1)")
    add_terms(engagement, company)
    log(engagement, company, dt.date(2026, 10, 12), 90, note="=HYPERLINK(evil)")
    acknowledged(engagement, company, asks=[ask(company.executive)])
    kpi = Kpi.objects.get(key="response_time")
    raws = [{"observed_at": f"2026-10-{day:02d}T12:00:00Z", "value": day} for day in range(1, 4)]
    measurements_record(kpi=kpi, actor=BOWLINE, raws=raws)
    while work_off_marks():
        pass
    Stakeholder.objects.create(
        engagement=engagement, name="Ada Byron", department="Research", notes="secret note"
    )
    notes = SimpleUploadedFile("notes.txt", b"What was said")
    attach(target=engagement, upload=notes, actor=company.cto)
    return engagement


def built(engagement: Engagement, company: Company) -> HandoverPack:
    pack = services.handover_build(engagement=engagement, actor=company.cto)
    while services.handover_continue(pack_id=pack.pk)[0]:
        pass
    return HandoverPack.objects.get(pk=pack.pk)


def content_of(pack: HandoverPack) -> dict[str, str]:
    archive = zipfile.ZipFile(io.BytesIO(b"".join(read_chunks(pack.file))))
    assert archive.testzip() is None
    return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


@time_machine.travel(NOW, tick=False)
def test_pack_holds_every_part_and_nothing_that_a_spreadsheet_runs(inside: Company) -> None:
    pack = built(furnished(inside), inside)
    files = content_of(pack)
    assert {name.split("/")[0] for name in files} == {*PARTS, "README.md"}
    assert "Fractional CTO" in files["engagement/engagement.md"]
    assert "8000" in files["engagement/terms.csv"]
    assert "'=HYPERLINK(evil)" in files["time/time.csv"]
    assert files["charter/nothing.md"].startswith("# Charter\n\nThere was nothing")
    assert "Onboarding open to all 41 customers" in files["updates/2026-10-12.md"]
    assert "Vote on the audit" in files["updates/open-actions.csv"]
    assert files["kpis/measurements/response_time.csv"].count("\r\n") == 4
    assert "response_time,Average response time,ms,2026-10-01,2" in files["kpis/months.csv"]
    assert "Ada Byron" in files["people/people-map.csv"]
    assert not any("secret note" in text for text in files.values())
    assert inside.cto.email in files["people/contacts.csv"]
    assert files["documents/notes.txt"] == "What was said"
    assert "Charter: none is in force" in files["README.md"]
    assert "- Key figures: `kpis/`" in files["README.md"]
    assert pack.file is not None
    assert (pack.status, pack.file.is_complete, len(pack.file.sha256)) == ("ready", True, 64)


@time_machine.travel(NOW, tick=False)
def test_same_data_gives_the_same_bytes_in_one_step_or_many(
    inside: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    engagement = furnished(inside)
    first = built(engagement, inside)
    monkeypatch.setattr(packing, "STEP_SECONDS", -1)  # one file a step
    second = built(engagement, inside)
    assert first.file is not None
    assert second.file is not None
    assert first.file.sha256 == second.file.sha256


@time_machine.travel(NOW, tick=False)
def test_step_that_dies_is_repeated_as_if_it_had_never_been(
    inside: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    engagement = furnished(inside)
    whole = built(engagement, inside)
    monkeypatch.setattr(packing, "STEP_SECONDS", -1)
    real, calls = packing._write, []

    def dying(archive: Any, name: str, content: Any) -> None:
        real(archive, name, content)
        calls.append(name)
        if len(calls) % 2 == 0:
            raise KeyboardInterrupt

    monkeypatch.setattr(packing, "_write", dying)
    pack = services.handover_build(engagement=engagement, actor=inside.cto)
    more = True
    while more:
        try:
            more = services.handover_continue(pack_id=pack.pk)[0]
        except KeyboardInterrupt:
            continue
    pack.refresh_from_db()
    assert pack.file is not None
    assert whole.file is not None
    assert pack.file.sha256 == whole.file.sha256


def test_job_builds_it_with_progress_and_tells_who_asked(committed_db: None) -> None:
    company = make_company("northwind")
    with tenant(company.id):
        engagement = make_engagement(company)
        pack = services.handover_build(engagement=engagement, actor=company.cto)
        again = services.handover_build(engagement=engagement, actor=company.executive)
        assert again.pk == pack.pk
    drain(queues=["exports"])
    with tenant(company.id):
        job = Job.objects.get(kind="engagements.handover")
        assert (job.state, job.progress_done, job.progress_total) == ("done", *[len(parts())] * 2)
        told = Notification.objects.get(kind="handover.ready")
        assert (told.member_id, told.target_id) == (company.cto.pk, pack.pk)
        verbs = AuditEvent.objects.filter(verb__startswith="handover.").order_by("seq")
        assert list(verbs.values_list("verb", flat=True)) == [
            "handover.asked_for",
            "handover.built",
        ]


def test_job_that_fails_for_good_leaves_nothing_of_the_pack(
    inside: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = services.handover_build(engagement=make_engagement(inside), actor=inside.cto)

    def broken(**facts: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(tasks, "handover_continue", broken)
    job = Job.objects.get(pk=pack.job_id)
    job.attempts = 1
    with pytest.raises(RuntimeError):
        tasks.build(job)
    job.attempts = tasks.LAST_ATTEMPT
    assert tasks.build(job) is False
    pack.refresh_from_db()
    assert (pack.status, pack.file_id, StoredFile.objects.count()) == ("failed", None, 0)


@time_machine.travel(NOW, tick=False)
def test_score_says_what_is_missing_and_where(inside: Company) -> None:
    engagement = make_engagement(inside, sponsor=None, purpose="")
    found = assess(engagement)
    gaps = {gap.gap: gap.link for _, gap in found.gaps}
    assert gaps["Engagement: no sponsor is named"] == f"engagement/{engagement.pk}/edit/"
    assert {
        "Charter: none is in force",
        "Terms: none were agreed",
        "Time: no hours are logged",
    } <= (gaps.keys())
    before = found.score
    add_terms(engagement, inside)
    log(engagement, inside, dt.date(2026, 10, 12))
    assert 0 <= before < assess(engagement).score < 100


def test_score_weighs_parts_and_is_whole_only_without_a_gap(inside: Company) -> None:
    engagement = make_engagement(inside)
    PARTS.clear()
    assert assess(engagement).score == 100

    def part(name: str, weight: int, *holds: bool) -> None:
        register_part(
            name,
            name,
            writer=lambda e: [],
            completeness=lambda e: [Check(each, "gap") for each in holds],
            weight=weight,
        )

    part("a", 3, True, False)
    part("b", 1, True)
    assert assess(engagement).score == 63  # (3 x 1/2 + 1) / 4
    part("a", 1, *[True] * 399, False)
    assert assess(engagement).score == 99
    part("a", 1, True)
    assert assess(engagement).score == 100


@time_machine.travel(NOW, tick=False)
def test_spend_and_plan_are_parts_and_count(inside: Company) -> None:
    engagement = make_engagement(inside)
    approved(inside, "900", title="=Cheap cable")
    waiting = sent(inside, "12000", title="Telemetry gateway")
    draft(inside, "700", title="Somebody’s draft")
    activity = IntegrationActivity.objects.in_order().first()
    services.activity_update(
        activity=activity, actor=inside.cto, changes={"status": "done", "outcome": "One phone."}
    )
    files = content_of(built(engagement, inside))
    assert f"{waiting.reference},Telemetry gateway" in files["spend/requests.csv"]
    assert "'=Cheap cable" in files["spend/requests.csv"]
    assert "draft" not in files["spend/requests.csv"].lower()
    assert ",approve,Cto Northwind," in files["spend/approvals.csv"]
    assert "- $10,000.00 to $50,000.00: CTO, then Finance" in files["spend/approval-tiers.md"]
    assert "One phone." in files["plan/integration-plan.csv"]
    gaps = {gap.gap: gap.link for _, gap in assess(engagement).gaps}
    assert gaps["Spend: 1 request not decided"] == "spend/"
    assert "Spend: there are requests and no budget" in gaps
    assert "Integration plan: 11 activities are neither done nor dropped" in gaps


def test_pack_is_built_while_the_company_is_suspended_and_after_the_end(
    company: Company, sign_in: SignIn, api: Callable[[Any], ApiClient]
) -> None:
    with tenant(company.id):
        engagement = make_engagement(company)
        services.engagement_transition(
            engagement=engagement, actor=company.admin, status="ended", reason="It is over."
        )
        Tenant.objects.update(status="suspended")
    base = f"/t/{company.slug}/engagement/"
    answer = sign_in(company.cto).post(f"{base}{engagement.pk}/handover/build/")
    assert answer.status_code == 303
    assert api(company.cto).post(f"/engagements/{engagement.pk}/handover/").status_code == 202
    with tenant(company.id):
        (pack,) = HandoverPack.objects.all()  # the one that was asked for first
        job = Job.objects.get(pk=pack.job_id)
        assert kind_of(job.kind).while_inactive
        while tasks.build(job):
            pass
        pack.refresh_from_db()
        assert pack.status == "ready"


@pytest.mark.parametrize("role", ["finance", "board", "team", "observer"])
def test_others_neither_build_nor_download(inside: Company, role: str) -> None:
    engagement = make_engagement(inside)
    with pytest.raises(Denied):
        services.handover_build(engagement=engagement, actor=inside.member(role))
    pack = built(engagement, inside)
    with pytest.raises(Denied):
        services.handover_download(pack=pack, actor=inside.member(role))


def test_old_packs_go_and_say_so(inside: Company) -> None:
    engagement = make_engagement(inside)
    pack = built(engagement, inside)
    assert services.latest_pack(engagement) == pack
    later = timezone.now() + services.handover.KEPT + dt.timedelta(minutes=1)
    with time_machine.travel(later, tick=False):
        assert services.latest_pack(engagement) is None
        with pytest.raises(NotFound):
            services.handover_download(pack=pack, actor=inside.cto)
        assert remove_expired() == 1
    pack.refresh_from_db()
    assert (pack.status, pack.file_id, FileChunk.objects.count()) == ("ready", None, 0)


def test_page_shows_the_score_builds_and_hands_out(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        engagement = make_engagement(company)
    client = sign_in(company.executive)
    address = f"/t/{company.slug}/engagement/handover/"
    page = client.get(address).content.decode()
    assert "None is in force" in page
    assert "Build the pack" in page
    build = f"/t/{company.slug}/engagement/{engagement.pk}/handover/build/"
    assert client.post(build).status_code == 303
    assert "Build the pack" not in client.get(address).content.decode()
    with tenant(company.id):
        pack = HandoverPack.objects.get()
        while services.handover_continue(pack_id=pack.pk)[0]:
            pass
        pack.refresh_from_db()
    link = f"/t/{company.slug}/engagement/{engagement.pk}/handover/{pack.pk}/"
    assert link in client.get(address).content.decode()
    answer = client.get(link)
    assert zipfile.ZipFile(io.BytesIO(answer.getvalue())).testzip() is None
    assert answer["Content-Type"] == "application/zip"
    assert client.get(f"/t/{company.slug}/files/{pack.file_id}/").status_code == 404
    with tenant(company.id):
        assert AuditEvent.objects.filter(verb="handover.downloaded").count() == 1


def test_page_attaches_a_document_or_says_why_not(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        make_engagement(company)
    client = sign_in(company.cto)
    address = f"/t/{company.slug}/engagement/handover/"
    wrong = client.post(address, {"file": SimpleUploadedFile("plan.pdf", b"no pdf")})
    assert wrong.status_code == 422
    assert "This is no PDF file" in wrong.content.decode()
    assert client.post(address, {}).status_code == 422
    assert (
        client.post(address, {"file": SimpleUploadedFile("plan.md", b"# Plan")}).status_code == 303
    )
    assert "plan.md" in client.get(address).content.decode()


def test_api_scores_builds_and_hands_out(company: Company, api: Callable[[Any], ApiClient]) -> None:
    with tenant(company.id):
        engagement = make_engagement(company)
    client, path = api(company.cto), f"/engagements/{engagement.pk}/handover/"
    found = client.get(path).json()
    assert 0 < found["score"] < 100
    charter = next(part for part in found["parts"] if part["name"] == "charter")
    assert charter["gaps"][0]["text"] == "Charter: none is in force"
    assert charter["gaps"][0]["url"].startswith(f"/t/{company.slug}/")
    assert client.get(path + "download/").status_code == 404
    asked = client.post(path)
    assert (asked.status_code, asked.json()["status"]) == (202, "building")
    with tenant(company.id):
        while services.handover_continue(pack_id=asked.json()["id"])[0]:
            pass
    answer = client.get(path + "download/")
    assert zipfile.ZipFile(io.BytesIO(answer.getvalue())).testzip() is None
    assert client.get(path).json()["packs"][0]["status"] == "ready"


def test_archived_company_is_read_and_taken_along_by_its_admins_alone(
    company: Company, sign_in: SignIn, api: Callable[[Any], ApiClient]
) -> None:
    admin, cto, key = sign_in(company.admin), sign_in(company.cto), api(company.admin)
    with tenant(company.id):
        engagement = furnished(company)
        company_services.tenant_archive(
            tenant=company.tenant, actor=company.admin, confirm="Northwind", reason="It is over"
        )
    base = f"/t/{company.slug}/engagement/"
    build = f"{base}{engagement.pk}/handover/build/"
    assert admin.get(f"{base}handover/").status_code == 200
    assert [admin.post(build).status_code, cto.post(build).status_code] == [303, 404]
    assert key.post(f"/engagements/{engagement.pk}/handover/").status_code == 401
    with tenant(company.id):
        pack = HandoverPack.objects.get()
        while tasks.build(Job.objects.get(pk=pack.job_id)):
            pass
    link = f"{base}{engagement.pk}/handover/{pack.pk}/"
    assert zipfile.ZipFile(io.BytesIO(admin.get(link).getvalue())).testzip() is None
    assert cto.get(link).status_code == 404
    pages = ["", "time/", "time/export/", "hours/", "statement/", "statement/export/"]
    pages += [f"working/{page}" for page in ("", "away/", "plan/", "people/export/")]
    for page in pages:
        assert admin.get(f"{base}{page}").status_code == 200, page
    refused = admin.post(f"{base}handover/", {"file": SimpleUploadedFile("plan.md", b"# Plan")})
    assert refused.status_code == 403
    assert "archived" in refused.content.decode()
    with tenant(company.id):
        Tenant.objects.update(status_changed_at=timezone.now() - dt.timedelta(days=91))
    assert admin.get(f"{base}handover/").status_code == 404
