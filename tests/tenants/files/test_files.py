"""Stored files: what comes in, who reads it, how it is served."""

import contextlib
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from engagements.models import Engagement
from tenants.errors import Denied, Invalid, NotFound, TooLarge
from tenants.files import storage
from tenants.files.inspection import TYPES, check_name, content_type_of
from tenants.files.services import attach, detach, file_for, files_of
from tenants.files.storage import ChunkWriter, digest_of, read_chunks
from tenants.isolation import tenant
from tenants.models import AuditEvent, FileChunk, StoredFile
from tests.api_client import ApiClient
from tests.engagements.builders import make_engagement
from tests.factories import Company

SignIn = Callable[[Any], Client]
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def office(folder: str, *more: str) -> bytes:
    names = ["[Content_Types].xml", f"{folder}/main.xml", *more]
    return packed(dict.fromkeys(names, b"<x/>"))


def packed(entries: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def image(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2)).save(buffer, kind)
    return buffer.getvalue()


GOOD = {
    "pdf": PDF,
    "png": image("png"),
    "jpg": image("jpeg"),
    "jpeg": image("jpeg"),
    "webp": image("webp"),
    "csv": b"a,b\n1,2\n",
    "txt": "Zürich, 10 °C".encode("cp1252"),
    "md": "# Ünïcode\n\n<b>bold</b>".encode(),
    "docx": office("word"),
    "xlsx": office("xl"),
    "pptx": office("ppt"),
    "zip": packed({"a.txt": b"a"}),
}


def put(company: Company, name: str = "notes.txt", content: bytes = b"Notes", **who: Any) -> Any:
    engagement = Engagement.objects.first() or make_engagement(company)
    upload = SimpleUploadedFile(name, content)
    return attach(target=engagement, upload=upload, actor=who.get("actor", company.cto))


@pytest.mark.parametrize("ending", TYPES)
def test_each_allowed_sort_is_taken_as_what_it_is(ending: str) -> None:
    assert check_name(f"Report v1.2.{ending.upper()}") == (
        f"Report v1.2.{ending.upper()}",
        ending,
    )
    assert content_type_of(GOOD[ending], ending) == TYPES[ending]


@pytest.mark.parametrize("ending", TYPES)
@pytest.mark.parametrize("content", ["MZ", "ELF", "HTML", "PDF", "ZIP"])
def test_file_that_lies_about_its_sort_is_refused(ending: str, content: str) -> None:
    lies = {
        "MZ": b"MZ\x90\x00\x03\x00\x00\x00",
        "ELF": b"\x7fELF\x02\x01\x01\x00",
        "HTML": b"<html><script>alert(1)</script></html>",
        "PDF": PDF + b"\x00",
        "ZIP": packed({"a": b"a"}),
    }
    if (ending, content) in {("pdf", "PDF"), ("zip", "ZIP")}:
        return
    with pytest.raises(Invalid, match=r"whatever its name says|no text"):
        content_type_of(lies[content], ending)


@pytest.mark.parametrize("ending", TYPES)
def test_empty_file_is_refused(ending: str) -> None:
    with pytest.raises(Invalid, match="empty"):
        content_type_of(b"", ending)


def test_macros_and_bombs_are_refused() -> None:
    with pytest.raises(Invalid, match="macros"):
        content_type_of(office("word", "word/vbaProject.bin"), "docx")
    bomb = bytearray(packed({"a.txt": b"a"}))
    place = bomb.rindex(b"PK\x01\x02") + 24
    bomb[place : place + 4] = (2**31).to_bytes(4, "little")
    with pytest.raises(Invalid, match="500 MB"):
        content_type_of(bytes(bomb), "zip")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            ".pdf",
            "noending",
            "a.exe",
            "a.svg",
            "a.html",
            "a.pdf.exe",
            "a.exe.pdf",
            "a.pdf.zip",
        ),
        *("a/b.pdf", "a\\b.pdf", "a\x00.pdf", "a\n.pdf", "gpj\u202e.exe.pdf", "a.pdf.", "..pdf"),
        *("x" * 147 + ".pdf",),
    ],
)
def test_misleading_name_is_refused_with_a_way_out(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_name(name)
    assert len(refused.value.errors["file"]) > 20


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.binary(max_size=60))
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_name_and_content_is_taken_or_refused_as_invalid(name: str, content: bytes) -> None:
    with contextlib.suppress(Invalid):
        assert check_name(name)[1] in TYPES
    with contextlib.suppress(Invalid):
        assert content_type_of(content, "txt") == "text/plain"


def test_file_is_kept_byte_for_byte_with_its_facts(
    inside: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "CHUNK", 7)
    content = b"line of text\n" * 9
    row = put(inside, content=content)
    assert b"".join(read_chunks(row)) == content
    assert (row.size, row.content_type, row.sha256) == (len(content), "text/plain", digest_of(row))
    assert FileChunk.objects.count() == -(-len(content) // 7)
    event = AuditEvent.objects.filter(verb="file.attached").get()
    assert (event.target_type, event.changes["file"]) == ("engagement", "notes.txt")


def test_writer_goes_on_where_another_step_ended(
    inside: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "CHUNK", 4)
    row = put(inside, content=b"abcde")
    for part in (b"fg", b"hijklmn"):
        writer = ChunkWriter(StoredFile.objects.get(pk=row.pk))
        writer.write(part)
        writer.finish()
    row.refresh_from_db()
    assert (b"".join(read_chunks(row)), row.size) == (b"abcdefghijklmn", 14)


def test_same_file_again_is_harmless_and_there_is_a_limit(
    inside: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.files.services.MOST_FILES", 2)
    assert put(inside).pk == put(inside).pk
    put(inside, content=b"Another one of that name")
    with pytest.raises(Invalid, match="2 files already"):
        put(inside, content=b"Third")
    assert AuditEvent.objects.filter(verb="file.attached").count() == 2


def test_too_large_is_refused(inside: Company, settings: Any) -> None:
    settings.FILE_MAX_BYTES = 10
    put(inside, content=b"x" * 10)
    with pytest.raises(TooLarge, match="at most"):
        put(inside, content=b"x" * 11)


@pytest.mark.parametrize(
    ("role", "may"),
    [("admin", True), ("executive", True), ("cto", True), ("finance", False), ("board", False),
     ("team", False), ("observer", False)],
)  # fmt: skip
def test_the_records_own_rules_say_who_attaches_and_removes(
    inside: Company, role: str, may: bool
) -> None:
    actor = inside.member(role)
    row = put(inside)
    assert file_for(file_id=row.pk, actor=actor) == row
    if not may:
        with pytest.raises(Denied):
            put(inside, content=b"Mine", actor=actor)
        with pytest.raises(Denied):
            detach(file=row, actor=actor)
        return
    put(inside, content=b"Mine", actor=actor)
    detach(file=row, actor=actor)
    with pytest.raises(NotFound):
        detach(file=row, actor=actor)
    assert len(files_of(Engagement.objects.get())) == 1
    assert AuditEvent.objects.filter(verb="file.removed").count() == 1


def test_download_is_an_attachment_that_no_browser_runs(
    company: Company, other_company: Company, sign_in: SignIn
) -> None:
    with tenant(company.id):
        row = put(company, name="Überblick.md", content=b"# Plan\n<script>")
    address = f"/t/{company.slug}/files/{row.pk}/"
    answer = sign_in(company.team).get(address)
    assert answer.getvalue() == b"# Plan\n<script>"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%C3%9Cberblick")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "text/markdown; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    stranger = sign_in(other_company.admin)
    assert stranger.get(address).status_code == 404
    elsewhere = f"/t/{other_company.slug}/files/{row.pk}/"
    assert stranger.get(elsewhere).status_code == 404


def test_download_reads_a_chunk_at_a_time(
    company: Company, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "CHUNK", 5)
    with tenant(company.id):
        row = put(company, content=b"0123456789")
    client = sign_in(company.team)
    with CaptureQueriesContext(connection) as queries:
        pieces = list(client.get(f"/t/{company.slug}/files/{row.pk}/").streaming_content)
    assert pieces == [b"01234", b"56789"]
    assert sum("filechunk" in query["sql"] for query in queries) == 3


def test_page_removes_a_file_and_goes_back_inside_the_company_alone(
    company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.cto)
    for back, leads in ((f"/t/{company.slug}/engagement/", True), ("//evil.example/", False)):
        with tenant(company.id):
            row = put(company)
        answer = client.post(f"/t/{company.slug}/files/{row.pk}/remove/", {"next": back})
        assert (answer.status_code, answer["Location"] == back) == (302, leads)
        assert "evil" not in answer["Location"]
    with tenant(company.id):
        assert not StoredFile.objects.exists()
        assert not FileChunk.objects.exists()


def test_api_attaches_lists_reads_and_removes(
    company: Company, api: Callable[[Any], ApiClient]
) -> None:
    with tenant(company.id):
        engagement = make_engagement(company)
    client = api(company.cto)
    path = f"/api/v1/engagements/{engagement.pk}/files/"

    def send(name: str, content: bytes) -> Any:
        upload = SimpleUploadedFile(name, content)
        return client.client.post(path, {"file": upload}, headers=client.headers)

    made = send("notes.txt", b"Notes")
    assert made.status_code == 201, made.content
    file = made.json()
    assert (file["name"], file["size"], file["content_type"]) == ("notes.txt", 5, "text/plain")
    for name, content in (("notes.exe", b"MZ"), ("notes.txt", b""), ("notes.pdf", b"Notes")):
        refused = send(name, content)
        assert refused.status_code == 422, name
        assert refused.json()["errors"][0]["field"] == "file"
    assert [row["id"] for row in client.get(path).json()["results"]] == [file["id"]]
    answer = client.get(f"/files/{file['id']}/content/")
    assert answer.getvalue() == b"Notes"
    assert api(company.team).delete(f"/files/{file['id']}/").status_code == 403
    assert client.delete(f"/files/{file['id']}/").status_code == 204
    assert client.get(f"/files/{file['id']}/").status_code == 404
