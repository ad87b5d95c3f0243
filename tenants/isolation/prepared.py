"""Statements that PostgreSQL plans once a connection instead of at each request.

The statements behind every page join many tables to read a handful of rows: planning one took
several times as long as running it, more so under row level security, whose conditions are planned
with it. A prepared one is planned a few times and then keeps its plan, still run with the rights
and the tenant of the moment: policies are part of the plan, the tenant is read at each run.

Only where PREPARED_STATEMENTS is set: through a pooler that hands each transaction another
connection, such as pgbouncer, a statement prepared before would not be there.
"""

import itertools
import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connections

_PLACE = re.compile(r"%(?:\((\w+)\)s|%)")
_tries = itertools.count()
# by the driver's connection: a new one begins with none; what it calls each statement
_known: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


class Prepared:
    """A statement with named parameters, `%(name)s` in its text, and the type of each.

    The types are PostgreSQL's, so that None is a null of its type.
    """

    def __init__(self, sql: str, **types: str) -> None:
        numbers = {name: number for number, name in enumerate(types, start=1)}

        def numbered(found: re.Match[str]) -> str:
            return f"${numbers[found[1]]}" if found[1] else "%"

        self._plain = sql
        self._types = ", ".join(types.values())
        self._body = _PLACE.sub(numbered, sql).strip().rstrip(";")
        self._values = ", ".join(f"%({name})s" for name in types)
        self._key = blake2b(f"{self._types} {self._body}".encode(), digest_size=8).hexdigest()

    def rows(
        self, facts: Mapping[str, Any], *, using: str = "default", before: str = ""
    ) -> list[tuple[Any, ...]]:
        """The rows that it answers, as `cursor.fetchall()`; `before` runs first, in one message."""
        with connections[using].cursor() as cursor:
            if not settings.PREPARED_STATEMENTS:
                cursor.execute(f"{before}{self._plain}", facts)
                return cursor.fetchall()
            known = _known.setdefault(connections[using].connection, {})
            name = known.get(self._key)
            if name is not None:
                cursor.execute(f"{before}execute {name}({self._values})", facts)
                return cursor.fetchall()
            # a name of its own for each try: one that fails halfway leaves its statement behind
            name = f"bowline_{self._key}_{next(_tries)}"
            # percent signs of the statement itself are doubled for the driver
            body = self._body.replace("%", "%%")
            cursor.execute(
                f"prepare {name} ({self._types}) as {body};{before}execute {name}({self._values})",
                facts,
            )
            known[self._key] = name
            return cursor.fetchall()
