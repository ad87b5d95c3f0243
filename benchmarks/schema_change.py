"""Figure 10: one schema change over many tenants, against a schema for each of them.

    python -m benchmarks.schema_change [--tenants 1000] [--schemas 50]

A field is added to a table that holds every tenant's rows, once. Against it stands the way of
django-tenants: the same migration in a schema of its own for each tenant. Both go through Django's
migration executor (graph, state of all models, the ALTER, the row in django_migrations), which is
what `migrate` and `migrate_schemas` do. The schemas hold a copy of that one table with a tenant's
rows and of django_migrations; a real installation has some sixty tables in each. Fewer schemas than
tenants are measured; the time of one says what all would take.
"""

import argparse
import os
import time
from typing import Any

from benchmarks.table import Table, median_of, servers

TABLE_NAME = "kpis_kpi"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenants", type=int, default=1_000)
    parser.add_argument("--schemas", type=int, default=50)
    options = parser.parse_args()
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    with servers():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _fill(options.tenants)
        _make_schemas(options.schemas)
        _measure(options.tenants, options.schemas)


def _fill(tenants: int) -> None:
    """Rows of so many tenants in the shared table: the first one's, under ids of their own."""
    from benchmarks.dashboard_data import neighbour

    first = neighbour("first").id
    _copies("tenants_tenant", {"id": "t.id", "slug": "'copy' || t.n"}, f"s.id = '{first}'", tenants)
    _run(f"update {TABLE_NAME} set owner_id = null")
    _copies(
        TABLE_NAME, {"id": "uuidv7()", "tenant_id": "t.id"}, f"s.tenant_id = '{first}'", tenants
    )
    _run("vacuum analyze")


def _copies(table: str, fresh: dict[str, str], which: str, tenants: int) -> None:
    """The rows that `which` names once more for each further tenant, `fresh` columns anew."""
    columns = _run(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
        " and not attisdropped and attgenerated = ''",
        table,
    )
    names = [name for (name,) in columns]
    values = [fresh.get(name, f"s.{name}") for name in names]
    _run(
        f"insert into {table} ({', '.join(names)}) select {', '.join(values)} from {table} s cross"
        " join (select n, md5('tenant ' || n)::uuid as id"
        f" from generate_series(2, {tenants}) n) t where {which}"
    )


def _make_schemas(schemas: int) -> None:
    for number in range(schemas):
        _run(f"""
        create schema client{number};
        create table client{number}.{TABLE_NAME} (like public.{TABLE_NAME} including all);
        insert into client{number}.{TABLE_NAME} select * from public.{TABLE_NAME} limit 20;
        create table client{number}.django_migrations
          (like public.django_migrations including all);
        insert into client{number}.django_migrations select * from public.django_migrations;
        select setval(pg_get_serial_sequence('client{number}.django_migrations', 'id'), 10000);
        """)


def _run(sql: str, *parameters: Any) -> list[Any]:
    """As the role that migrates, outside any transaction."""
    from django.db import connections

    with connections["migrate"].cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return list(cursor.fetchall()) if cursor.description else []


def _migrate(name: str) -> None:
    """Add a field to the table in the first schema of the search path."""
    from django.db import connections, models
    from django.db.migrations import AddField, Migration
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["migrate"])
    migration = Migration(name, "kpis")
    migration.operations = [
        AddField("kpi", name, models.CharField(max_length=20, default="", db_default=""))
    ]
    executor.apply_migration(executor.loader.project_state(), migration)


def _measure(tenants: int, schemas: int) -> None:
    rows = _run(f"select count(*), count(distinct tenant_id) from {TABLE_NAME}")[0]
    numbers = iter(range(1_000))
    shared = median_of(lambda: _migrate(f"probe_{next(numbers)}"), times=5)
    bare = median_of(
        lambda: _run(f"alter table {TABLE_NAME} add bare_{next(numbers)} text not null default ''")
    )
    each: list[float] = []
    for number in range(schemas):
        _run(f"set search_path = client{number}, public")
        start = time.perf_counter()
        _migrate("probe_of_schema")
        each.append(time.perf_counter() - start)
    _run("reset search_path")
    table = Table(f"Figure 10: one field more, {tenants:,} tenants", ["way", "seconds"])
    table.row(f"ours: one migration, {tenants:,} tenants in one table", shared, base=True)
    table.row("its ALTER alone", bare)
    table.row(f"a schema each: the migration in {schemas} schemas", sum(each))
    table.row(f"a schema each, counted up to {tenants:,}", sum(each) / schemas * tenants)
    table.note(f"{rows[0]:,} rows of {rows[1]:,} tenants in {TABLE_NAME}.")
    table.print()


if __name__ == "__main__":
    main()
