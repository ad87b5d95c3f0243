"""The embedded servers: what they let in, what they survive, what they say."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from config.embedded import (
    EmbeddedError,
    EmbeddedPostgres,
    EmbeddedValkey,
    bootstrap_roles,
    drop_database,
    processes,
)
from tests.servers import SUPERUSER_DSN

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    home = tmp_path_factory.mktemp("a path with spaces") / ("long" * 30)
    server = EmbeddedPostgres(home / "postgres")
    server.start()
    yield server
    server.stop()
    delete_data(server)


def delete_data(server: EmbeddedPostgres) -> None:
    """As root the data may live outside pytest's directories, which only root can enter."""
    shutil.rmtree(server.data_dir.resolve())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for an owner that will not let go."""
    monkeypatch.setattr(processes, "PATIENCE_SECONDS", 0.0)


@pytest.fixture
def roles_database() -> Iterator[tuple[str, str]]:
    dsn, name = os.environ[SUPERUSER_DSN], f"roles_{os.getpid()}"
    bootstrap_roles(dsn, name)
    yield dsn, name
    drop_database(dsn, name)


def ask(dsn: str, sql: str, **options: str) -> object:
    connection = psycopg2.connect(dsn, **options)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone() if cursor.description else None
    finally:
        connection.close()


def test_postgres_in_a_long_path_with_spaces_listens_on_a_private_socket_only(
    postgres: EmbeddedPostgres,
) -> None:
    assert ask(postgres.superuser_dsn(), "show listen_addresses") == ("",)
    assert len(os.fsencode(postgres.socket_dir / ".s.PGSQL.5432")) < 104
    assert postgres.socket_dir.stat().st_mode & 0o077 == 0
    assert ask(postgres.superuser_dsn(), "show server_version_num") >= ("180000",)


def test_second_owner_of_the_same_data_is_told_who_has_it(
    postgres: EmbeddedPostgres, impatient: None
) -> None:
    with pytest.raises(EmbeddedError, match=rf"in use by another run \(process {os.getpid()}\)"):
        EmbeddedPostgres(postgres.data_dir).start()


@pytest.mark.parametrize("crash", [False, True])
def test_restart_keeps_address_and_data(postgres: EmbeddedPostgres, crash: bool) -> None:
    address, old = postgres.superuser_dsn(), postgres.pid
    ask(address, "create table if not exists kept (n int)")
    ask(address, "insert into kept values (1)")
    postgres.restart(crash=crash)
    assert postgres.pid != old
    assert postgres.superuser_dsn() == address
    assert ask(address, "select n from kept limit 1") == (1,)


def test_stale_pid_file_of_somebody_elses_process_is_no_obstacle(
    postgres: EmbeddedPostgres,
) -> None:
    postgres.stop()
    lines = [str(os.getpid()), str(postgres.data_dir), "1", "5432", "/nowhere", "", "1 2", "ready"]
    (postgres.data_dir / "postmaster.pid").write_text("\n".join(lines) + "\n")
    postgres.start()
    assert ask(postgres.superuser_dsn(), "select 1") == (1,)


@pytest.mark.parametrize("missing", ["PG_VERSION", "global/pg_control", "global/1262"])
def test_broken_data_directory_is_said_in_one_line(
    postgres: EmbeddedPostgres, missing: str
) -> None:
    postgres.stop()
    hole = postgres.data_dir / missing
    aside = postgres.data_dir.parent / "aside"
    hole.rename(aside)
    try:
        with pytest.raises(EmbeddedError) as caught:
            postgres.start()
    finally:
        aside.rename(hole)
    assert str(postgres.data_dir) in str(caught.value)
    assert "\n" not in str(caught.value)
    postgres.start()


def test_data_of_another_version_are_refused_not_touched(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    (data / "global").mkdir(parents=True)
    (data / "global" / "pg_control").touch()
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedError, match="made by PostgreSQL 17"):
        EmbeddedPostgres(data).start()
    assert (data / "PG_VERSION").read_text() == "17\n"


def test_throwaway_leaves_nothing_behind() -> None:
    server = EmbeddedPostgres(throwaway=True)
    server.start()
    data, sockets = server.data_dir, server.socket_dir
    real = data.resolve()
    assert ask(server.superuser_dsn(), "show fsync") == ("off",)
    server.stop()
    assert not data.exists()
    assert not real.exists()
    assert not sockets.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_servers_end_when_their_owner_is_killed_and_the_next_start_finds_the_data(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "config.embedded", "start", "--data", str(tmp_path)]
    owner = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    lines = [owner.stdout.readline() for _ in range(5)]
    assert lines[0].startswith("export DATABASE_URL=")
    pid = int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0])
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    deadline = time.monotonic() + 20
    while processes.alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not processes.alive(pid)
    again = EmbeddedPostgres(tmp_path / "postgres")
    again.start()
    try:
        assert ask(again.superuser_dsn(), "select 1 from pg_database where datname = 'bowline'")
    finally:
        again.stop()
        delete_data(again)


def test_valkey_wants_its_password_and_keeps_its_address_over_a_restart(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    try:
        address = server.url
        assert redis.Redis.from_url(address).ping()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url("redis://127.0.0.1:" + address.rsplit(":", 1)[1]).ping()
        server.stop()
        server.start()
        assert server.url == address
    finally:
        server.stop()
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(address).ping()


def test_roles_are_what_isolation_counts_on(roles_database: tuple[str, str]) -> None:
    dsn, name = roles_database
    bootstrap_roles(dsn, name)  # again: nothing changes, nothing fails
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolinherit"
            " from pg_roles where rolname like 'bowline%' order by 1"
        )
        found = cursor.fetchall()
    connection.close()
    assert found == [
        ("bowline_app", False, False, False, False, False),
        ("bowline_export", False, False, False, False, False),
        ("bowline_migrate", False, True, False, False, False),
        ("bowline_tick", False, False, False, False, False),
    ]


@pytest.mark.parametrize(
    ("role", "sql", "allowed"),
    [
        ("bowline_app", "create table public.mine (n int)", False),
        ("bowline_app", "create schema mine", False),
        ("bowline_app", "create temporary table mine (n int)", True),
        ("bowline_tick", "create temporary table mine (n int)", False),
        ("bowline_export", "create temporary table mine (n int)", False),
        ("bowline_export", "create table public.mine (n int)", False),
        ("bowline_migrate", "create table public.mine (n int)", True),
        ("bowline_migrate", "create schema mine", True),
    ],
)
def test_role_may_make_only_what_it_needs(
    roles_database: tuple[str, str], role: str, sql: str, allowed: bool
) -> None:
    dsn, name = roles_database
    if allowed:
        ask(dsn, sql, dbname=name, user=role)
    else:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(dsn, sql, dbname=name, user=role)


def test_temporary_table_never_stands_in_for_a_real_one(roles_database: tuple[str, str]) -> None:
    dsn, name = roles_database
    ask(dsn, "create table answer as select 'real' as is_it", dbname=name, user="bowline_migrate")
    ask(dsn, "grant select on answer to bowline_app", dbname=name, user="bowline_migrate")
    connection = psycopg2.connect(dsn, dbname=name, user="bowline_app")
    with connection.cursor() as cursor:
        cursor.execute("create temporary table answer as select 'false' as is_it")
        cursor.execute("select is_it from answer")
        assert cursor.fetchone() == ("real",)
    connection.close()
