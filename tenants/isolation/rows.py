"""Rows to model instances and back in plain SQL, where the ORM is slower to build than to run.

The columns are the model's own, whatever they are, and pass through the same conversions.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from django.db import connections, models


class Loader:
    """Writes a model's columns into a statement, and makes the instance of a row's cells."""

    def __init__(self, model: type[models.Model]) -> None:
        connection = connections["default"]
        fields = model._meta.concrete_fields  # the order that from_db takes them in
        self.model = model
        self.table = model._meta.db_table
        self.size = len(fields)
        self._fields = fields
        self._key = next(place for place, field in enumerate(fields) if field.primary_key)
        self._names = [field.attname for field in fields]
        self._columns = [connection.ops.quote_name(str(field.column)) for field in fields]
        found = [
            (place, field.cached_col, [*connection.ops.get_db_converters(field.cached_col),
                                       *field.get_db_converters(connection)])
            for place, field in enumerate(fields)
        ]  # fmt: skip
        self._converted = [each for each in found if each[2]]

    def columns(self, alias: str) -> str:
        """The select list, `alias.column, …`."""
        return ", ".join(f"{alias}.{column}" for column in self._columns)

    def make(self, cells: Sequence[Any]) -> Any:
        """The instance of these `size` cells; None where an outer join found no row."""
        if cells[self._key] is None:
            return None
        values = list(cells)
        for place, expression, converters in self._converted:
            for convert in converters:
                values[place] = convert(values[place], expression, connections["default"])
        return self.model.from_db("default", self._names, values)

    def insert(self, rows: Sequence[models.Model]) -> None:
        """Insert these new instances in one statement, in their order, each value as `save` would
        write it."""
        connection = connections["default"]
        values = [
            field.get_db_prep_save(field.pre_save(row, True), connection)
            for row in rows
            for field in self._fields
        ]
        line = f"({', '.join(['%s'] * self.size)})"
        sql = f"insert into {self.table} ({', '.join(self._columns)}) values "  # noqa: S608  ours
        with connection.cursor() as cursor:
            cursor.execute(sql + ", ".join([line] * len(rows)), values)
        for row in rows:
            row._state.adding, row._state.db = False, "default"


@cache
def loader(model: type[models.Model]) -> Loader:
    """The loader of a model."""
    return Loader(model)


def columns_of(kinds: Iterable[tuple[type[models.Model], str]]) -> str:
    """The select list of several models, each under its alias, for `made_of`."""
    return ", ".join(loader(model).columns(alias) for model, alias in kinds)


def insert_all(rows: Sequence[models.Model]) -> None:
    """Insert new instances of one model in one statement; nothing where there are none."""
    if rows:
        loader(type(rows[0])).insert(rows)


def made_of(row: Sequence[Any], *models_: type[models.Model]) -> Iterator[Any]:
    """The instances of the models whose cells stand in a row, one after the other."""
    start = 0
    for model in models_:
        load = loader(model)
        yield load.make(row[start : start + load.size])
        start += load.size
