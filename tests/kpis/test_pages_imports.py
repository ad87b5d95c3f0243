"""Files through the import pages: preview, mapping, start, progress, result, and what is wrong."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kpis.models import ImportChunk, Kpi, Measurement, MeasurementImport
from tenants.isolation import tenant
from tenants.jobs.drain import drain
from tenants.jobs.ticking import queue_due_work
from tenants.permissions import Role
from tests.factories import Company, make_company
from tests.kpis.factories import make_kpi
from tests.kpis.pages import BASE, HTMX, NOW, text_of

SignIn = Callable[[Any], Client]
SOURCES_QUERIES = 9
GOOD = "measured_at,service,ms\n2026-10-12T08:00:00Z,api,120\n2026-10-13T08:00:00Z,web,180\n"
CHOSEN = {
    "mapping_observed_at": "measured_at",
    "mapping_value": "ms",
    "mapping_series": "service",
    "numbers": "plain",
    "dates": "iso",
    "delimiter": ",",
}


@pytest.fixture(autouse=True)
def _now(request: pytest.FixtureRequest) -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def firm(committed_db: None) -> Company:
    """A company whose imports are really worked off, with a figure in milliseconds."""
    company = make_company("northwind")
    with tenant(company.id):
        make_kpi("mean", key="answer_ms", name="Answer time", cadence="weekly")
    return company


@pytest.fixture
def client(firm: Company, sign_in: SignIn) -> Client:
    return sign_in(firm.cto)


def upload(client: Client, content: str | bytes, key: str = "answer_ms") -> Any:
    data = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile("probes.csv", data, content_type="text/csv")
    return client.post(f"{BASE}{key}/import/", {"file": file})


def address_of(response: Any) -> str:
    """The preview's address after an upload that was taken."""
    assert response.status_code == 303, text_of(response)
    return str(response["Location"])


def work() -> None:
    drain(queues=["imports"], seconds=20)
    queue_due_work()
    drain(queues=["rollups"], seconds=20)


def started(client: Client, content: str | bytes, **changes: str) -> str:
    """Upload and start; answers the address of the result."""
    preview = address_of(upload(client, content))
    response = client.post(preview, CHOSEN | {"start": "1"} | changes)
    assert response.status_code == 303, text_of(response)
    return str(response["Location"])


# ---- the way through ----


def test_file_is_previewed_started_and_counted(firm: Company, client: Client) -> None:
    preview = address_of(upload(client, GOOD))
    page = text_of(client.get(preview))
    assert "All can be read" in page
    assert '<option value="ms" selected>' in page
    assert '<option value="service" selected>' in page
    with tenant(firm.id):
        assert not Measurement.objects.exists()
    result = str(client.post(preview, CHOSEN | {"start": "1"})["Location"])
    page = text_of(client.get(result))
    assert 'hx-trigger="every 1s"' in page
    assert "Waiting for a worker" in page
    assert "Cancel the import" in page
    assert client.get(preview).status_code == 302  # it is under way
    work()
    page = text_of(client.get(result))
    assert "every 1s" not in page
    assert 'Taken</h2> <p class="fig">2' in page
    figure = text_of(client.get(f"{BASE}answer_ms/"))
    assert "150 <small>ms</small>" in figure
    assert "every 30s" in figure


def test_progress_is_sent_again_only_when_it_changed(firm: Company, client: Client) -> None:
    result = started(client, GOOD)
    assert client.get(result, {"v": "queued.0.0"}, headers=HTMX).status_code == 204
    work()
    response = client.get(result, {"v": "queued.0.0"}, headers=HTMX)
    assert response.status_code == 200
    assert "<html" not in text_of(response)
    assert "Finished. 2 rows taken, 0 rejected." in text_of(response)


def test_same_file_again_adds_nothing(firm: Company, client: Client) -> None:
    for _ in range(2):
        result = started(client, GOOD)
        work()
    page = text_of(client.get(result))
    assert "All of it was there already." in page
    with tenant(firm.id):
        assert Measurement.objects.count() == 2


def test_trial_stores_nothing_and_can_be_started(firm: Company, client: Client) -> None:
    preview = address_of(upload(client, GOOD))
    result = str(client.post(preview, CHOSEN | {"try": "1"})["Location"])
    work()
    page = text_of(client.get(result))
    assert "This was a trial." in page
    assert 'Would be taken</h2> <p class="fig">2' in page
    with tenant(firm.id):
        assert not Measurement.objects.exists()
    assert client.post(result, {"start": "1"}).status_code == 303
    work()
    with tenant(firm.id):
        assert Measurement.objects.count() == 2
    assert client.post(result, {"start": "1"}).status_code == 409


def test_import_is_cancelled(firm: Company, client: Client) -> None:
    result = started(client, GOOD)
    assert client.post(result, {"cancel": "1"}).status_code == 303
    work()
    assert "The import was cancelled." in text_of(client.get(result))
    with tenant(firm.id):
        assert not Measurement.objects.exists()
        assert not ImportChunk.objects.exists()
    assert client.post(result, {"cancel": "1"}).status_code == 409
    assert client.post(result, {}).status_code == 422


def test_rejected_rows_are_named_and_listed_under_the_figure(firm: Company, client: Client) -> None:
    content = GOOD + "2026-10-14T08:00:00Z,api,\n2027-01-01T00:00:00Z,api,5\nnever,=1+1,NaN\n"
    result = started(client, content)
    work()
    page = text_of(client.get(result))
    assert 'Rejected</h2> <p class="fig">3' in page
    assert "This lies in the future." in page
    response = client.get(f"{result}rejected/")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [(row["row"], row["column"]) for row in rows] == [
        ("4", "ms"),
        ("5", "measured_at"),
        ("6", "measured_at"),
        ("6", "ms"),
        ("6", "service"),
    ]
    sources = text_of(client.get(f"{BASE}answer_ms/sources/"))
    assert "probes.csv" in sources
    assert "This is needed. (1 ×)" in sources


def test_left_out_rows_are_counted_apart(firm: Company, client: Client) -> None:
    content = GOOD + "2026-10-14T08:00:00Z,api,0\n2026-10-14T09:00:00Z,old,90\n"
    result = started(client, content, skip_zero="on", skip_column="service", skip_value="old")
    work()
    assert 'Left out</h2> <p class="fig">2' in text_of(client.get(result))


def test_mapping_can_be_checked_before_it_is_started(firm: Company, client: Client) -> None:
    preview = address_of(upload(client, "day;took\n31.12.2025;1.234,5\n"))
    wrong = {"mapping_observed_at": "day", "mapping_value": "took", "delimiter": ";"}
    plain = {"numbers": "plain", "dates": "iso"}
    page = text_of(client.post(preview, wrong | plain | {"check": "1"}))
    assert "1 of 1 cannot be read so" in page
    assert "Is this a decimal comma" in page
    right = {"numbers": "comma_decimal", "dates": "day_first"}
    page = text_of(client.post(preview, wrong | right | {"check": "1"}))
    assert "All can be read" in page
    result = str(client.post(preview, wrong | right | {"start": "1"})["Location"])
    work()
    assert 'Taken</h2> <p class="fig">1' in text_of(client.get(result))
    with tenant(firm.id):
        row = Measurement.objects.get()
        assert row.value == Decimal("1234.5")
        assert row.local_date == dt.date(2025, 12, 31)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mapping_observed_at": ""}, "Say which column holds the time"),
        ({"mapping_value": ""}, "Say which column holds the value"),
        ({"mapping_value": "nothing"}, "Choose one from the list"),
        ({"time_zone": "Mars/Olympus"}, "There is no time zone"),
        ({"numbers": "roman"}, "Choose one from the list"),
    ],
)
def test_wrong_mapping_is_refused_in_its_place(
    firm: Company, client: Client, change: dict[str, str], said: str
) -> None:
    preview = address_of(upload(client, GOOD))
    for button in ("start", "check"):
        response = client.post(preview, CHOSEN | change | {button: "1"})
        assert response.status_code == 422
        assert said in text_of(response)
    with tenant(firm.id):
        assert MeasurementImport.objects.get().status == "uploaded"


def test_share_takes_a_column_of_ones_and_zeros(firm: Company, client: Client) -> None:
    with tenant(firm.id):
        make_kpi("ratio", key="up", unit="percent", direction="higher", cadence="daily")
    content = "observed_at,service,up,ms\n" + "".join(
        f"2026-10-15T08:00:0{s}Z,api,{int(s > 0)},{s}\n" for s in range(8)
    )
    preview = address_of(upload(client, content, key="up"))
    sent = {
        "mapping_observed_at": "observed_at",
        "mapping_numerator": "up",
        "numbers": "plain",
        "dates": "iso",
        "delimiter": ",",
        "start": "1",
    }
    assert client.post(preview, sent).status_code == 303
    work()
    page = text_of(client.get(f"{BASE}up/"))
    assert "87.5%" in page
    assert "n = 8" in page


def test_delimiter_and_a_column_to_skip_are_started_at_once(firm: Company, client: Client) -> None:
    content = "observed_at;value;state,a,b,c\n" + "".join(
        f"2026-10-15T08:00:0{n}Z;{n};{'up' if n else 'down'},1,2,3\n" for n in range(3)
    )
    sent = {
        "mapping_observed_at": "observed_at",
        "mapping_value": "value",
        "numbers": "plain",
        "dates": "iso",
        "delimiter": ";",
        "skip_column": "state,a,b,c",
        "skip_value": "down,1,2,3",
        "start": "1",
    }
    assert client.post(address_of(upload(client, content)), sent).status_code == 303
    with tenant(firm.id):
        assert MeasurementImport.objects.get().options["skip_when"] == {"state,a,b,c": "down,1,2,3"}


# ---- bad files ----

HEAD = "measured_at,service,ms\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "The file is empty."),
        ("\ufeff", "The file is empty."),
        ("2026-10-12T08:00:00Z,api,120\n", "There is no header line"),
        ("\n\n", "The first line is empty"),
        (b"PK\x03\x04" + b"\x00" * 99, "This is a workbook"),
        (b"measured_at,ms\n\x00\x01\x02", "This is no text file"),
    ],
)
def test_file_that_is_no_table_is_refused_at_once(
    firm: Company, client: Client, content: str | bytes, said: str
) -> None:
    response = upload(client, content)
    assert response.status_code == 422
    assert said in text_of(response)
    with tenant(firm.id):
        assert not MeasurementImport.objects.exists()
        assert not ImportChunk.objects.exists()


def test_no_file_at_all_is_refused(firm: Company, client: Client) -> None:
    response = client.post(f"{BASE}answer_ms/import/", {})
    assert response.status_code == 422
    assert "Fill this in." in text_of(response)


def test_too_large_a_file_is_refused(firm: Company, client: Client, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 1024 * 1024
    response = upload(client, HEAD + "2026-10-12T08:00:00Z,api,120\n" * 40_000)
    assert response.status_code == 413
    assert "The file is larger than 1 MB. Split it" in text_of(response)
    with tenant(firm.id):
        assert not MeasurementImport.objects.exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("yesterday,api,1", "This is no date and time."),
        ("05/06/2026,api,1", "Is the day first, or the month?"),
        ("2026-10-12T08:00:00Z,api,fast", "This is not a number."),
        ('2026-10-12T08:00:00Z,api,"1,234"', "Is this a decimal comma"),
        ("2026-10-12T08:00:00Z,api,=1+1", "This is a formula, not its result."),
        ("2026-10-12T08:00:00Z,api,", "This is needed."),
        ("2026-10-12T08:00:00Z", "This row has fewer columns than the header."),
        ("2027-10-12T08:00:00Z,api,1", "This lies in the future."),
        ("1969-10-12T08:00:00Z,api,1", "This lies before 1970."),
        ("2026-03-08T02:30:00,api,1", "Clocks were set forward over this time"),
        ("2026-10-12T08:00:00Z,api,inf", "NaN and infinity are not figures."),
    ],
)
def test_wrong_row_is_rejected_with_its_reason_and_the_rest_is_taken(
    firm: Company, client: Client, row: str, said: str
) -> None:
    result = started(client, f"{HEAD}{row}\n2026-10-12T09:00:00Z,api,5\n")
    work()
    page = text_of(client.get(result))
    assert said in page
    assert 'Taken</h2> <p class="fig">1' in page
    assert 'Rejected</h2> <p class="fig">1' in page


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings_are_found(firm: Company, client: Client, encoding: str) -> None:
    content = HEAD.replace("service", "größe") + "2026-10-12T08:00:00Z,Zürich,120\n"
    result = started(client, content.encode(encoding), mapping_series="größe")
    work()
    assert 'Taken</h2> <p class="fig">1' in text_of(client.get(result))
    with tenant(firm.id):
        assert Measurement.objects.get().series == "Zürich"


def test_delimiter_that_breaks_the_file_is_no_error_of_ours(firm: Company, client: Client) -> None:
    content = "measured_at;ms\n2026-10-12T08:00:00Z;5\n" + '2026-10-12T09:00:00Z;"6"\n' * 60
    preview = address_of(upload(client, content))
    for delimiter in (",", "\t", "|"):
        sent = CHOSEN | {"delimiter": delimiter, "check": "1"}
        assert client.post(preview, sent).status_code == 422
    sent = {"mapping_observed_at": "measured_at", "mapping_value": "ms", "delimiter": ";"}
    page = text_of(client.post(preview, sent | {"numbers": "plain", "dates": "iso", "check": "1"}))
    assert "All can be read" in page


def test_file_whose_quote_is_never_closed_is_refused(firm: Company, client: Client) -> None:
    response = upload(client, HEAD + '2026-10-12T08:00:00Z,"api,120\n' * 3 + "x" * 200_000)
    assert response.status_code == 422
    assert "a quote was opened and never closed" in text_of(response)
    with tenant(firm.id):
        assert not MeasurementImport.objects.exists()


def test_repeated_rows_of_one_file_both_count(firm: Company, client: Client) -> None:
    result = started(client, HEAD + "2026-10-12T08:00:00Z,api,120\n" * 2)
    work()
    assert 'Taken</h2> <p class="fig">2' in text_of(client.get(result))


# ---- who, and how much ----


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_imports_are_open_to_their_roles(firm: Company, sign_in: SignIn, role: str) -> None:
    preview = address_of(upload(sign_in(firm.cto), GOOD))
    result = preview.removesuffix("preview/")
    client, may = sign_in(firm.member(role)), role in ("admin", "cto")
    assert client.get(f"{BASE}-/import/").status_code == (200 if may else 403)
    assert client.get(f"{BASE}answer_ms/import/").status_code == (200 if may else 403)
    assert upload(client, GOOD).status_code == (303 if may else 403)
    assert client.get(preview).status_code == (200 if may else 403)
    assert client.get(result).status_code == (302 if may else 200)
    assert client.get(f"{BASE}answer_ms/sources/").status_code == 200
    assert client.post(result, {"cancel": "1"}).status_code == (303 if may else 403)


def test_imports_of_another_company_or_figure_are_not_there(
    firm: Company, client: Client, sign_in: SignIn
) -> None:
    preview = address_of(upload(client, GOOD))
    other = make_company("contoso")
    with tenant(other.id):
        make_kpi("mean", key="answer_ms")
    stranger = sign_in(other.admin)
    assert stranger.get(preview).status_code == 404
    assert stranger.get(preview.replace("northwind", "contoso")).status_code == 404
    assert client.get(preview.replace("answer_ms", "uptime")).status_code == 404


def test_choice_of_figure_leads_to_its_upload(firm: Company, client: Client) -> None:
    assert "Answer time" in text_of(client.get(f"{BASE}-/import/"))
    response = client.get(f"{BASE}-/import/", {"kpi": "answer_ms"})
    assert response["Location"] == f"{BASE}answer_ms/import/"
    assert client.get(f"{BASE}-/import/", {"kpi": "nothing"}).status_code == 200


def test_why_it_is_blank(firm: Company, client: Client) -> None:
    page = text_of(client.get(f"{BASE}answer_ms/sources/"))
    assert "No measurement has ever come." in page
    assert "No file was imported yet." in page
    with tenant(firm.id):
        Kpi.objects.filter(key="answer_ms").update(expected_freshness_hours=24)
    started(client, GOOD)
    work()
    page = text_of(client.get(f"{BASE}answer_ms/sources/"))
    assert "No new data for longer than expected." in page
    assert "at least every 24 hours" in page
    assert "180 ms" in page


def test_sources_read_one_and_three_files_in_the_same_queries(
    firm: Company, client: Client
) -> None:
    for expected in (1, 3):
        with tenant(firm.id):
            while MeasurementImport.objects.count() < expected:
                number = MeasurementImport.objects.count()
                with_row = f"2026-10-1{number}T09:00:00Z,api,{number}\n"
                address_of(upload(client, HEAD + with_row))
        with CaptureQueriesContext(connection) as found:
            assert client.get(f"{BASE}answer_ms/sources/").status_code == 200
        assert len(found) == SOURCES_QUERIES
