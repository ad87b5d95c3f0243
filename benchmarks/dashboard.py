"""Figures 5, 6 and 14: the executive dashboard against the usual way and against bare SQL.

    python -m benchmarks.dashboard [--rounds 40] [--growth] [--portfolio] [--waiting]

All ways answer in this process through the WSGI handler, in blocks that take turns, so that a busy
machine slows all alike: the ratios count, requests a second are those of one thread without a web
server. `benchmarks/usual_way` is the same page by model instances and Django's templates. The bare
floors run the very statements of our page (recorded from one request) in plain psycopg2, one by
one and joined into one statement.
"""

import argparse
import html
import io
import itertools
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from http.cookies import SimpleCookie
from typing import Any

from benchmarks import dashboard_data as data
from benchmarks.table import Table, servers

REACH_USUAL, REACH_CTE, REACH_304, REACH_KEPT = 5, 0.4, 0.4, 1.7
REACH_GROWTH, REACH_PORTFOLIO = 1.4, 4
PORTFOLIO_OF = 12
BLOCK = 3
Answer = tuple[str, dict[str, str], bytes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--growth", action="store_true", help="10 to 10,000 tenants, 10 M rows")
    parser.add_argument("--portfolio", action="store_true", help="12 companies of one CTO")
    parser.add_argument("--waiting", action="store_true", help="up to 300 requests to decide")
    parser.add_argument("--blocks-of", choices=SIZES, help="used by --growth")
    options = parser.parse_args()
    if options.growth:
        _growth(options.rounds)
        return
    os.environ["DEBUG"] = "0"
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.usual_way.settings"
    with servers():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        company = data.furnished("bench")
        data.settle()
        if options.blocks_of:
            _blocks(company, options.blocks_of)
        elif options.portfolio:
            _portfolio(company, options.rounds)
        elif options.waiting:
            _waiting(company, options.rounds)
        else:
            _side_by_side(company, options.rounds)


class Browser:
    """Requests of one signed-in person, straight into the WSGI application."""

    def __init__(self, user: Any = None, application: Any = None) -> None:
        from django.test import Client

        if application is None:
            from config.wsgi import application
        self.application = application
        self.cookies: SimpleCookie = SimpleCookie()
        if user is not None:
            client = Client()
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
            self.cookies = client.cookies

    def get(self, path: str, **headers: str) -> Answer:
        """Status, headers and body, read to the end and closed as a server does."""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "HTTP_HOST": "127.0.0.1",
            "HTTP_COOKIE": "; ".join(f"{k}={v.value}" for k, v in self.cookies.items()),
            **headers,
        }
        got: list[Any] = []
        response = self.application(environ, lambda *answer: got.append(answer))
        body = b"".join(response)
        response.close()
        received = dict(got[0][1])
        if "Set-Cookie" in received:  # the form token: a browser keeps it
            self.cookies.load(received["Set-Cookie"])
        return got[0][0], received, body


def _side_by_side(company: Any, rounds: int) -> None:
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import override_settings

    browser = Browser(company.executive.user)
    page, usual = f"/t/{company.slug}/", f"/t/{company.slug}/usual/"
    status, _, ours = browser.get(page)
    theirs = browser.get(usual)[2]
    assert status == "200 OK", status
    _check_same(ours.decode(), theirs.decode())
    etag = browser.get(page)[1]["ETag"]  # now that the browser has its form token
    assert browser.get(page, HTTP_IF_NONE_MATCH=etag)[0].startswith("304")
    with override_settings(MIDDLEWARE=[]):
        bare = Browser(application=WSGIHandler())
    floor = Floor(browser, page)
    ways: dict[str, Callable[[], object]] = {
        "usual": lambda: browser.get(usual),
        "ours": lambda: _rendered(browser, page),
        "kept": lambda: browser.get(page),
        "304": lambda: browser.get(page, HTTP_IF_NONE_MATCH=etag),
        "plain": floor.one_by_one,
        "cte": floor.one_statement,
        "ok user": lambda: browser.get("/ok/user/"),
        "ok": lambda: bare.get("/ok/"),
    }
    seconds = _take_turns(ways, rounds)
    rate = {name: 1 / value for name, value in seconds.items()}
    table = Table(
        "Figure 5: the executive dashboard, requests a second of one thread",
        ["way", "req/s", "ms", "× usual", "× one CTE"],
        ratios=False,
    )
    for name, words in {
        "usual": "the usual way: ORM instances + Django template",
        "ours": "ours, rendered",
        "kept": "ours, warm: kept in Valkey",
        "304": "ours, warm: 304 by ETag",
        "plain": f"floor: its {len(floor.statements)} queries in plain psycopg2, no Django",
        "cte": "floor: one CTE, no Django",
        "ok user": 'floor: Django "ok" with session and user',
        "ok": 'floor: Django "ok", no middleware',
    }.items():
        table.row(
            words,
            rate[name],
            seconds[name] * 1000,
            rate[name] / rate["usual"],
            rate[name] / rate["cte"],
        )
    table.note(
        f"Medians of {rounds} blocks of {BLOCK}. HTML: ours {len(ours):,} bytes, usual"
        f" {len(theirs):,}."
    )
    table.note(_verdict("against the usual way", rate["ours"] / rate["usual"], REACH_USUAL))
    table.note(_verdict("of the one-CTE floor", rate["ours"] / rate["cte"], REACH_CTE))
    table.note(_verdict("kept page of the one-CTE floor", rate["kept"] / rate["cte"], REACH_KEPT))
    for name, words in (
        ("ok user", 'Django "ok" with session and user'),
        ("ok", 'Django "ok", no middleware'),
    ):
        table.note(_verdict(f"304 against {words}", rate["304"] / rate[name], REACH_304))
    table.print()


_again = itertools.count()


def _rendered(browser: Browser, page: str) -> Answer:
    """The page under an address of its own, so that nothing is kept for it yet."""
    return browser.get(page, QUERY_STRING=f"again={next(_again)}")


class Floor:
    """The statements of one request of ours, without Django."""

    def __init__(self, browser: Browser, page: str) -> None:
        import psycopg2
        from django.db import connection
        from django.test import override_settings

        self.statements: list[str] = []

        def record(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            # what Django asks to see that a kept connection lives is no query of the page
            if sql != "SELECT 1":
                text = context["cursor"].mogrify(sql, params)
                self.statements.append(text.decode() if isinstance(text, bytes) else text)
            return execute(sql, params, many, context)

        # in full, not by the names they are prepared under
        with override_settings(PREPARED_STATEMENTS=False), connection.execute_wrapper(record):
            browser.get(page, QUERY_STRING="again=first")
        self.connection = psycopg2.connect(**_plain(connection.get_connection_params()))
        place = next(i for i, sql in enumerate(self.statements) if "set_config" in sql)
        setting, _, inside = self.statements[place].partition(";")
        rest = [inside if i == place else sql for i, sql in enumerate(self.statements)]
        parts = ",\n".join(f"q{i} as ({sql})" for i, sql in enumerate(rest))
        columns = ", ".join(f"(select json_agg(q{i}) from q{i})" for i in range(len(rest)))
        self.joined = f"{setting};\nwith {parts}\nselect {columns}"

    def one_by_one(self) -> None:
        """Each statement and its rows, in one transaction."""
        with self.connection, self.connection.cursor() as cursor:
            for sql in self.statements:
                cursor.execute(sql)
                cursor.fetchall()

    def one_statement(self) -> None:
        """The tenant's setting and everything else in one round trip, the rows as JSON."""
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(self.joined)
            cursor.fetchall()


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """What psycopg2 itself understands of Django's connection parameters."""
    return {k: v for k, v in parameters.items() if k not in ("cursor_factory", "context")}


def _check_same(ours: str, theirs: str) -> None:
    """Fail unless what our page says in headings and rows stands on the usual page too."""

    def words_of(page: str, pattern: str) -> set[str]:
        texts = (re.sub(r"<[^>]+>", "", text) for text in re.findall(pattern, page, re.DOTALL))
        return {" ".join(html.unescape(text).split()) for text in texts}

    headings = r"<h[1-4]\b[^>]*>(.*?)</h[1-4]>"
    rows = r'<(?:p class="(?:t|lead)"|a class="btn"[^>]*)>(.*?)</[pa]>'
    missing = words_of(ours, headings) - words_of(theirs, headings)
    missing |= words_of(ours, rows) - words_of(theirs, rows)
    sparks = len(re.findall('class="spark"', ours)), len(re.findall('class="spark"', theirs))
    if missing or sparks[0] != sparks[1]:
        raise AssertionError(f"The usual page lacks {missing}, sparklines {sparks}.")


def _take_turns(ways: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median seconds of each way over blocks that take turns."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for number in range(rounds):
        for name in reversed(ways) if number % 2 else ways:
            way = ways[name]
            start = time.perf_counter()
            for _ in range(BLOCK):
                way()
            taken[name].append((time.perf_counter() - start) / BLOCK)
    return {name: statistics.median(values) for name, values in taken.items()}


def _verdict(what: str, got: float, reach: float, *, at_most: bool = False) -> str:
    is_reached = got <= reach if at_most else got >= reach
    sign = "≤" if at_most else "≥"
    return f"{what}: {got:.2f} × ({sign} {reach}): {'reached' if is_reached else 'NOT reached'}."


SIZES = {  # companies and measurements of each of their 20 figures
    "10 tenants, 10 thousand measurements": (10, 50),
    "10 tenants, 10 million": (10, 50_000),
    "10,000 tenants, 10 million": (10_000, 50),
}


def _growth(rounds: int) -> None:
    """Compare the sizes side by side: a process with servers of its own for each, in turns."""
    command = [sys.executable, "-m", "benchmarks.dashboard", "--blocks-of"]
    sized: dict[str, subprocess.Popen[str]] = {}
    try:
        for name in SIZES:
            sized[name] = subprocess.Popen(
                [*command, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            _line_of(sized[name])  # filled
        ways = {name: partial(_line_of, process, ask=True) for name, process in sized.items()}
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(rounds):
            for name in reversed(ways) if number % 2 else ways:
                taken[name].append(float(ways[name]()))
    finally:
        for process in sized.values():
            process.communicate()
    seconds = {name: statistics.median(values) for name, values in taken.items()}
    table = Table("Figure 6: the same page as data and tenants grow", ["size", "ms"])
    for name, value in seconds.items():
        table.row(name, value * 1000, base=name == next(iter(SIZES)))
    worst = max(seconds.values()) / next(iter(seconds.values()))
    table.note(f"Medians of {rounds} blocks of {BLOCK} in turns, each size on servers of its own.")
    table.note(_verdict("the slowest against the first", worst, REACH_GROWTH, at_most=True))
    table.print()


def _line_of(process: "subprocess.Popen[str]", *, ask: bool = False) -> str:
    assert process.stdin
    assert process.stdout
    if ask:
        process.stdin.write("block\n")
        process.stdin.flush()
    if not (line := process.stdout.readline()):
        raise RuntimeError("A measured process ended early.")
    return line


def _blocks(company: Any, size: str) -> None:
    """Fill up to `size`, then answer the seconds of a block for each line that comes in."""
    tenants, each = SIZES[size]
    data.neighbours(tenants - 1, each)
    data.settle()
    browser = Browser(company.executive.user)
    page = f"/t/{company.slug}/"
    status = browser.get(page)[0]
    assert status == "200 OK", status
    print("filled", flush=True)
    for _line in sys.stdin:
        start = time.perf_counter()
        for _ in range(BLOCK):
            _rendered(browser, page)
        print((time.perf_counter() - start) / BLOCK, flush=True)


def _portfolio(company: Any, rounds: int) -> None:
    from tenants.isolation import tenant
    from tenants.services import member_add
    from tests.factories import BOWLINE

    user = company.cto.user
    for number in range(1, PORTFOLIO_OF):
        other = data.furnished(f"client{number}")
        with tenant(other.id):
            member_add(email=user.email, name=company.cto.name, roles=["cto"], actor=BOWLINE)
    data.settle()
    browser = Browser(user)
    ways: dict[str, Callable[[], object]] = {
        "one": lambda: _rendered(browser, f"/t/{company.slug}/"),
        "all": lambda: browser.get("/portfolio/"),
        "anew": lambda: _all_anew(browser),
    }
    page = browser.get("/portfolio/")
    assert page[0] == "200 OK", page[0]
    slugs = {company.slug, *(f"client{number}" for number in range(1, PORTFOLIO_OF))}
    assert all(f'href="/t/{slug}/"' in page[2].decode() for slug in slugs)
    seconds = _take_turns(ways, rounds)
    table = Table("Figure 14: the portfolio of 12 companies", ["page", "ms"])
    table.row("one company's dashboard", seconds["one"] * 1000, base=True)
    table.row(f"portfolio of {PORTFOLIO_OF}, nothing changed", seconds["all"] * 1000)
    table.row(f"portfolio of {PORTFOLIO_OF}, all changed", seconds["anew"] * 1000)
    ratio = seconds["all"] / seconds["one"]
    table.note(_verdict("against one dashboard", ratio, REACH_PORTFOLIO, at_most=True))
    table.print()


def _waiting(company: Any, rounds: int) -> None:
    """Pages of who must decide much, and of who must not, as ever more waits."""
    from tenants.isolation import tenant
    from tests.decisions.builders import add, sent

    with tenant(company.id):
        people = [add(f"asks{n}", "team") for n in range(40)]
    readers = {"CTO": Browser(company.cto.user), "team": Browser(people[0].user)}
    page, queue = f"/t/{company.slug}/", f"/t/{company.slug}/spend/"
    columns = ["CTO: dashboard, ms", "CTO: queue, ms", "team: dashboard, ms", "team: kept, ms"]
    table = Table("Requests that wait for the CTO", ["requests", *columns], ratios=False)
    made = 0
    for wanted in (0, 30, 300):
        with tenant(company.id):
            for number in range(made, wanted):
                sent(
                    company, 1_000 + number, requester=people[number % 40], title=f"Thing {number}"
                )
        made = wanted
        data.settle()
        ways: dict[str, Callable[[], object]] = {
            columns[0]: lambda: _rendered(readers["CTO"], page),
            columns[1]: lambda: readers["CTO"].get(queue),
            columns[2]: lambda: _rendered(readers["team"], page),
            columns[3]: lambda: readers["team"].get(page),
        }
        seconds = _take_turns(ways, rounds)
        table.row(f"{wanted}", *(seconds[name] * 1000 for name in columns))
    table.note(f"Of 40 people who ask. The queue shows 50 at most. Medians of {rounds} blocks.")
    table.print()


def _all_anew(browser: Browser) -> Answer:
    """The portfolio as after a change in every company: what was kept has another name."""
    from django.conf import settings

    version, settings.CODE_VERSION = settings.CODE_VERSION, f"again{next(_again)}"
    try:
        return browser.get("/portfolio/")
    finally:
        settings.CODE_VERSION = version


if __name__ == "__main__":
    main()
