"""Files in: refusals, encodings, ways of writing, repeats, order, imports cut off."""

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from kpis.imports import working
from kpis.imports.preview import preview_of
from kpis.models import ImportChunk, ImportKey, Kpi, Measurement, MeasurementImport
from kpis.services.imports import (
    import_cancel,
    import_continue,
    import_start,
    import_upload,
)
from tenants.errors import Invalid, TooLarge, WrongState
from tests.factories import BOWLINE, Company
from tests.kpis.factories import make_kpi, rolled_up, upload

D = Decimal
TIME_AND_VALUE = {"observed_at": "time", "value": "ms"}


def run(started: MeasurementImport) -> MeasurementImport:
    """Work an import off, step by step, as its job does."""
    while import_continue(upload_id=started.pk)[1]:
        pass
    started.refresh_from_db()
    return started


def take(kpi: Kpi, content: str | bytes, mapping: Any = None, **options: Any) -> MeasurementImport:
    """Upload, start, work off."""
    dry_run = options.pop("dry_run", False)
    stored = upload(kpi, content)
    return run(
        import_start(
            upload=stored, actor=BOWLINE, mapping=mapping, options=options, dry_run=dry_run
        )
    )


def counts(done: MeasurementImport) -> tuple[int, int, int, int]:
    return (done.rows_total, done.rows_accepted, done.rows_duplicate, done.rows_rejected)


def values(kpi: Kpi) -> list[Decimal | None]:
    rows = Measurement.objects.filter(kpi_id=kpi.pk).order_by("observed_at", "value")
    return list(rows.values_list("value", flat=True))


@pytest.fixture
def kpi(inside: Company) -> Kpi:
    return make_kpi("sum")


def test_upload_leaves_no_copy_of_the_file_among_the_statements_that_debug_keeps(
    inside: Company, settings: Any
) -> None:
    kpi, words = make_kpi(), "a-word-of-the-file"
    settings.DEBUG = True
    connection.queries_log.clear()
    try:
        upload(kpi, f"time,ms\n2026-10-01,{words.encode().hex()}\n".encode() * 10)
        texts = [query["sql"] for query in connection.queries_log]
    finally:
        connection.queries_log.clear()
    assert texts
    assert not any("kpis_importchunk" in text and "INSERT" in text for text in texts)


def test_plain_file(kpi: Kpi) -> None:
    done = take(kpi, "time,ms\n2026-10-05T09:00:00Z,1.5\n2026-10-05T10:00:00Z,2\n", TIME_AND_VALUE)
    assert (done.status, counts(done), done.errors) == ("done", (2, 2, 0, 0), [])
    assert values(kpi) == [D("1.5"), 2]
    assert rolled_up(kpi) == {"2026-10-05": D("3.5")}
    assert ImportChunk.objects.count() == 0, "the bytes go when the import is done"


def test_same_file_again_adds_nothing_and_equal_rows_both_count(kpi: Kpi) -> None:
    content = "time,ms\n" + "2026-10-05T09:00:00Z,1\n" * 3 + "2026-10-05T10:00:00Z,2\n"
    assert counts(take(kpi, content, TIME_AND_VALUE)) == (4, 4, 0, 0)
    assert counts(take(kpi, content, TIME_AND_VALUE)) == (4, 0, 4, 0)
    assert values(kpi) == [1, 1, 1, 2]


def test_longer_file_adds_only_what_is_new(kpi: Kpi) -> None:
    content = "time,ms\n2026-10-05T09:00:00Z,1\n2026-10-05T09:00:00Z,1\n"
    take(kpi, content, TIME_AND_VALUE)
    done = take(kpi, content + "2026-10-05T09:00:00Z,7\n", TIME_AND_VALUE)
    assert counts(done) == (3, 1, 2, 0)


def test_external_id_is_the_identity_where_there_is_one(kpi: Kpi) -> None:
    content = "time,ms,id\n2026-10-05T09:00:00Z,1,a\n2026-10-05T10:00:00Z,2,a\n"
    done = take(kpi, content, TIME_AND_VALUE | {"external_id": "id"})
    assert counts(done) == (2, 1, 1, 0)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("cp1252", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
    ],
)
def test_encodings(kpi: Kpi, encoding: str, mark: bytes) -> None:
    text = "time,ms,Größe\r\n2026-10-05T09:00:00Z,1,Zürich – €\r\n"
    done = take(kpi, mark + text.encode(encoding), TIME_AND_VALUE | {"series": "Größe"})
    assert counts(done) == (1, 1, 0, 0)
    assert Measurement.objects.get().series == "Zürich – €"


def test_bytes_undefined_in_windows_are_read_as_latin_1(kpi: Kpi) -> None:
    done = take(kpi, b"time,ms,n\n2026-10-05T09:00:00Z,1,\xe9\xa0\n2026-10-05T09:00:01Z,1,\x81\n",
                TIME_AND_VALUE)  # fmt: skip
    assert done.options["encoding"] == "latin-1"
    assert counts(done) == (2, 2, 0, 0)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(kpi: Kpi, delimiter: str, end: str) -> None:
    rows = [["time", "ms"], ["2026-10-05T09:00:00Z", "1"], ["2026-10-05T10:00:00Z", "2"]]
    content = end.join(delimiter.join(row) for row in rows)
    assert counts(take(kpi, content, TIME_AND_VALUE)) == (2, 2, 0, 0)


def test_quotes_may_hold_line_breaks_and_delimiters(kpi: Kpi) -> None:
    content = 'time,note,ms\n2026-10-05T09:00:00Z,"a, ""b""\n\nc",1\n2026-10-05T10:00:00Z,d,x\n'
    done = take(kpi, content, TIME_AND_VALUE)
    assert counts(done) == (2, 1, 0, 1)
    assert [(e["row"], e["column"]) for e in done.errors] == [(3, "ms")]


def test_blank_lines_are_no_rows_but_keep_the_numbers_of_the_others(kpi: Kpi) -> None:
    done = take(kpi, "time,ms\n\n2026-10-05T09:00:00Z,1\n,\nx,1\n", TIME_AND_VALUE)
    assert counts(done) == (2, 1, 0, 1)
    assert done.errors[0]["row"] == 5


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"PK\x03\x04rest of a workbook", "workbook"),
        (b"\x00\x01\x02\x03", "no text"),
        (b"2026-10-05T09:00:00Z,1\n2026-10-05T10:00:00Z,2\n", "no header"),
        (b",,\n1,2,3\n", "first line is empty"),
        (b'"time,ms\n' + b"x" * 200_000, "quote"),
    ],
)
def test_what_is_no_table_is_refused_at_once(kpi: Kpi, content: bytes, words: str) -> None:
    with pytest.raises(Invalid) as error:
        upload(kpi, content)
    assert words in error.value.errors["file"]


def test_file_over_the_limit_is_refused_whatever_it_announced(kpi: Kpi, settings: Any) -> None:
    settings.IMPORT_MAX_BYTES = 1024 * 1024

    def endless() -> Iterator[bytes]:
        while True:
            yield b"2026-10-05T09:00:00Z,1\n" * 100

    with pytest.raises(TooLarge, match="1 MB"):
        import_upload(kpi=kpi, actor=BOWLINE, filename="f", size=2 * 1024 * 1024, pieces=[])
    with pytest.raises(TooLarge):
        import_upload(kpi=kpi, actor=BOWLINE, filename="f", size=10, pieces=endless())


def test_too_many_rows_stop_the_import_and_say_so(kpi: Kpi, settings: Any) -> None:
    settings.IMPORT_MAX_ROWS = 2
    done = take(kpi, "time,ms\n" + "2026-10-05T09:00:00Z,1\n" * 3, TIME_AND_VALUE)
    assert (done.status, done.problem) == ("failed", "The file has more than 2 rows. Split it.")


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        ({"value": "ms"}, "mapping.observed_at"),
        ({"observed_at": "time"}, "mapping.value"),
        ({"observed_at": "zeit", "value": "ms"}, "mapping.observed_at"),
        ({"observed_at": "time", "value": "ms", "colour": "ms"}, "mapping.colour"),
        ({"observed_at": "time", "value": "twice"}, "mapping.value"),
        ({"observed_at": "time", "value": 5}, "mapping.value"),
        ("time", "mapping"),
        ([], "mapping.value"),
    ],
)
def test_wrong_columns_are_refused_by_name(kpi: Kpi, mapping: Any, field: str) -> None:
    stored = upload(kpi, "time,ms,twice,twice\n2026-10-05T09:00:00Z,1,1,1\n")
    with pytest.raises(Invalid) as error:
        import_start(upload=stored, actor=BOWLINE, mapping=mapping or {"observed_at": "time"})
    assert list(error.value.errors) == [field]


@pytest.mark.parametrize(
    "options",
    [{"numbers": "roman"}, {"dates": "x"}, {"time_zone": "Mars/Olympus"}, {"skip_zero": "maybe"},
     {"skip_when": {"colour": "red"}}, {"skip_when": 5}, {"source": "a\nb"}, {"delimiter": "x"},
     {"encoding": "ebcdic"}, {"other": 1}],
)  # fmt: skip
def test_wrong_options_are_refused_by_name(kpi: Kpi, options: dict[str, Any]) -> None:
    stored = upload(kpi, "time,ms\n2026-10-05T09:00:00Z,1\n")
    with pytest.raises(Invalid) as error:
        import_start(upload=stored, actor=BOWLINE, mapping=TIME_AND_VALUE, options=options)
    assert list(error.value.errors) == [f"options.{name}" for name in options]


def test_delimiter_and_a_column_to_skip_are_chosen_at_once(kpi: Kpi) -> None:
    # three commas in each line: the guess is wrong
    content = "time;ms;state,a,b,c\n" + "".join(
        f"2026-10-05T09:00:0{n}Z;{n};{state},1,2,3\n"
        for n, state in enumerate(("up", "down", "up"))
    )
    assert upload(kpi, content).options["delimiter"] == ","
    done = take(
        kpi, content, TIME_AND_VALUE, delimiter=";", skip_when={"state,a,b,c": "down,1,2,3"}
    )
    assert (done.status, counts(done), done.rows_skipped) == ("done", (3, 2, 0, 0), 1)
    assert values(kpi) == [D(0), D(2)]


def test_encoding_that_the_file_is_not_in_is_refused(kpi: Kpi) -> None:
    stored = upload(kpi, "time,ms,gr\u00f6\u00dfe\n2026-10-05T09:00:00Z,1,1\n".encode("cp1252"))
    with pytest.raises(Invalid) as error:
        import_start(
            upload=stored, actor=BOWLINE, mapping=TIME_AND_VALUE, options={"encoding": "utf-8"}
        )
    assert list(error.value.errors) == ["options.encoding"]


@pytest.mark.parametrize(
    ("cell", "style", "expected"),
    [
        ("1234.5", "plain", "1234.5"),
        (" 7 ", "plain", "7"),
        ("1e3", "plain", "1000"),
        ("-0.5", "plain", "-0.5"),
        ("1,234.5", "comma_thousands", "1234.5"),
        ("1,234,567", "comma_thousands", "1234567"),
        ("1 234.5", "comma_thousands", "1234.5"),
        ("1234.5", "comma_thousands", "1234.5"),
        ("1.234,5", "comma_decimal", "1234.5"),
        ("1.234", "comma_decimal", "1234"),
        ("1234,5", "comma_decimal", "1234.5"),
        ("1'234,5", "comma_decimal", "1234.5"),
        ("-3,25", "comma_decimal", "-3.25"),
    ],
)
def test_ways_of_writing_numbers(kpi: Kpi, cell: str, style: str, expected: str) -> None:
    done = take(kpi, f"time;ms\n2026-10-05T09:00:00Z;{cell}\n", TIME_AND_VALUE, numbers=style)
    assert (values(kpi), done.errors) == ([D(expected)], [])


@pytest.mark.parametrize(
    ("cell", "style", "words"),
    [
        ("1,234", "plain", "decimal comma"),
        ("12,5", "plain", "decimal comma"),
        ("12,5", "comma_thousands", "not a number"),
        ("12,34,567", "comma_thousands", "not a number"),
        ("1,2345.0", "comma_thousands", "not a number"),
        ("12.5", "comma_decimal", "not a number"),
        ("1.23,5", "comma_decimal", "not a number"),
        ("=1+1", "plain", "formula"),
        ("=A1", "comma_decimal", "formula"),
        ("many", "plain", "not a number"),
        ("12%", "plain", "not a number"),
        ("NaN", "plain", "NaN"),
        ("-inf", "plain", "NaN"),
        ("1e5000", "plain", "digits"),
        ("1" * 25, "plain", "digits"),
        ("", "plain", "needed"),
    ],
)
def test_numbers_that_are_refused(kpi: Kpi, cell: str, style: str, words: str) -> None:
    done = take(kpi, f"time;ms\n2026-10-05T09:00:00Z;{cell}\n", TIME_AND_VALUE, numbers=style)
    assert counts(done) == (1, 0, 0, 1)
    assert [(e["row"], e["column"]) for e in done.errors] == [(2, "ms")]
    assert words in done.errors[0]["message"]


@pytest.mark.parametrize(
    ("cell", "options", "expected"),
    [
        ("2026-07-05T09:00:00+02:00", {}, "2026-07-05T07:00Z"),
        ("2026-07-05 09:00", {}, "2026-07-05T13:00Z"),
        ("2026-07-05", {}, "2026-07-05T04:00Z"),
        ("2026-07-05 09:00", {"time_zone": "Asia/Kathmandu"}, "2026-07-05T03:15Z"),
        ("05/07/2026 09:00:30", {"dates": "day_first"}, "2026-07-05T13:00:30Z"),
        ("07/05/2026", {"dates": "month_first"}, "2026-07-05T04:00Z"),
        ("5.7.2026", {"dates": "day_first"}, "2026-07-05T04:00Z"),
        ("2025-11-02 01:30", {}, "2025-11-02T05:30Z"),
    ],
)
def test_ways_of_writing_times(kpi: Kpi, cell: str, options: dict[str, str], expected: str) -> None:
    done = take(kpi, f"time,ms\n{cell},1\n", TIME_AND_VALUE, **options)
    assert done.errors == []
    assert Measurement.objects.get().observed_at == dt.datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("05/07/2026", "day first"),
        ("yesterday", "no date"),
        ("=TODAY()", "formula"),
        ("", "needed"),
        ("1969-12-31T00:00:00Z", "1970"),
        ("2999-01-01", "future"),
        ("2026-03-08 02:30", "set forward"),
        ("31/02/2026", "day first"),
    ],
)
def test_times_that_are_refused(kpi: Kpi, cell: str, words: str) -> None:
    done = take(kpi, f"time,ms\n{cell},1\n", TIME_AND_VALUE)
    assert counts(done) == (1, 0, 0, 1)
    assert done.errors[0]["column"] == "time"
    assert words in done.errors[0]["message"]


def test_row_with_fewer_columns_is_refused(kpi: Kpi) -> None:
    done = take(kpi, "time,ms\n2026-10-05T09:00:00Z\n", TIME_AND_VALUE)
    assert "fewer columns" in done.errors[0]["message"]


def test_list_of_errors_is_capped_the_count_is_not(kpi: Kpi) -> None:
    done = take(kpi, "time,ms\n" + "x,y\n" * 300, TIME_AND_VALUE)
    assert counts(done) == (300, 0, 0, 300)
    assert len(done.errors) == 100


def test_rows_can_be_left_out(kpi: Kpi) -> None:
    content = "time,up,ms\n2026-10-05T09:00:00Z,1,5\n2026-10-05T09:01:00Z,0,7\n" \
              "2026-10-05T09:02:00Z,1,0\n"  # fmt: skip
    done = take(kpi, content, TIME_AND_VALUE, skip_zero=True, skip_when={"up": "0"})
    assert (counts(done), done.rows_skipped) == ((3, 1, 0, 0), 2)
    assert values(kpi) == [5]


def test_file_whose_quote_never_closes_fails_there_and_keeps_what_came_before(kpi: Kpi) -> None:
    good = "".join(f"2026-10-05T{hour:02}:00:00Z,1\n" * 3 for hour in range(24))
    content = f'time,ms\n{good}2026-10-06T10:00:00Z,"2\n' + "x,1\n" * 100_000
    done = take(kpi, content, TIME_AND_VALUE)
    assert (done.status, counts(done)) == ("failed", (72, 72, 0, 0))
    assert done.problem.startswith("Row 74: ")


def test_trial_stores_nothing_and_the_file_can_then_be_started(kpi: Kpi) -> None:
    content = "time,ms\n2026-10-05T09:00:00Z,1\n2026-10-05T10:00:00Z,x\n"
    tried = take(kpi, content, TIME_AND_VALUE, dry_run=True)
    assert (tried.status, counts(tried), values(kpi)) == ("done", (2, 1, 0, 1), [])
    done = run(import_start(upload=tried, actor=BOWLINE))
    assert (done.status, counts(done), values(kpi)) == ("done", (2, 1, 0, 1), [1])
    with pytest.raises(WrongState):
        import_start(upload=done, actor=BOWLINE)


def test_cancelled_import_stops_and_keeps_what_it_stored(
    kpi: Kpi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "STEP_ROWS", 2)
    stored = upload(kpi, "time,ms\n" + "".join(f"2026-10-05T09:0{m}:00Z,1\n" for m in range(6)))
    started = import_start(upload=stored, actor=BOWLINE, mapping=TIME_AND_VALUE)
    import_continue(upload_id=started.pk)
    import_cancel(upload=started, actor=BOWLINE)
    assert import_continue(upload_id=started.pk)[1] is False
    started.refresh_from_db()
    assert started.status == "cancelled"
    assert 0 < len(values(kpi)) < 6
    with pytest.raises(WrongState):
        import_cancel(upload=started, actor=BOWLINE)


def messy_rows(order: str) -> list[str]:
    """600 rows over few instants and series, so that equals fall on both sides of every step."""
    chance = random.Random(7)
    rows = [
        f"2026-10-05T09:{chance.randrange(4):02}:{chance.randrange(3):02}Z,{chance.randrange(9)},"
        f"{chance.choice('ab')}"
        for _ in range(600)
    ]
    if order == "sorted":
        rows.sort(key=lambda row: row[:20])
    elif order == "newest first":
        rows.sort(key=lambda row: row[:20], reverse=True)
    return rows


@pytest.mark.parametrize("order", ["sorted", "newest first", "mixed"])
@pytest.mark.parametrize("step", [1, 7, 40, 599, 600, 25_000])
def test_every_equal_row_counts_once_whatever_the_order_and_the_steps(
    kpi: Kpi, monkeypatch: pytest.MonkeyPatch, order: str, step: int
) -> None:
    rows = messy_rows(order)
    content = "time,ms,series\n" + "\n".join(rows)
    mapping = TIME_AND_VALUE | {"series": "series"}
    monkeypatch.setattr(working, "STEP_ROWS", step)
    assert counts(take(kpi, content, mapping)) == (600, 600, 0, 0)
    monkeypatch.setattr(working, "STEP_ROWS", 33)
    assert counts(take(kpi, content, mapping)) == (600, 0, 600, 0), "in other steps the same rows"
    assert ImportKey.objects.count() == 0
    assert sum(v or 0 for v in values(kpi)) == sum(int(row.split(",")[1]) for row in rows)


def test_sorted_file_needs_no_counting_of_keys(kpi: Kpi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "STEP_ROWS", 10)
    content = "time,ms\n" + "".join(
        f"2026-10-05T09:{m:02}:00Z,{v}\n" for m in range(30) for v in range(3)
    )
    done = take(kpi, content, TIME_AND_VALUE)
    assert counts(done) == (90, 90, 0, 0)
    assert done.counts_keys is False


def test_guess_of_the_real_files_columns(inside: Company) -> None:
    content = (
        "observed_at,service,up,http_status,response_ms\n"
        "2025-11-24T11:21:45Z,service-01,1,200,1550\n2025-11-24T11:21:47Z,service-02,0,0,0\n"
    )
    series = {"observed_at": "observed_at", "series": "service"}
    for key, more in {
        "uptime": {"numerator": "up"},
        "response_time": {"value": "response_ms"},
        "deployment_frequency": {},
    }.items():
        assert upload(Kpi.objects.get(key=key), content).mapping == series | more


def test_preview_shows_the_first_rows_and_their_faults(kpi: Kpi) -> None:
    stored = upload(kpi, "time,ms,n\n2026-10-05T09:00:00Z,1,a\n2026-10-05T10:00:00Z,x,b\n")
    shown = preview_of(stored, mapping=TIME_AND_VALUE)
    assert shown.header == ["time", "ms", "n"]
    assert [(row.number, row.cells[1], len(row.errors)) for row in shown.rows] == [
        (2, "1", 0),
        (3, "x", 1),
    ]


def test_large_file_is_stored_in_chunks_and_read_over_their_borders(kpi: Kpi) -> None:
    rows = 60_000
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    content = "time,ms,note\n" + "".join(
        f'{(start + dt.timedelta(seconds=i)).isoformat()},{i},"ünïcödé {i}\n, second line"\n'
        for i in range(rows)
    )
    stored = upload(kpi, content, piece=65_536)
    assert ImportChunk.objects.filter(measurement_import=stored).count() >= 3
    done = run(import_start(upload=stored, actor=BOWLINE, mapping=TIME_AND_VALUE))
    assert counts(done) == (rows, rows, 0, 0)
    assert sum(v or 0 for v in values(kpi)) == rows * (rows - 1) // 2
