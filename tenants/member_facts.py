"""Facts that every page needs, read in the statement that reads the request's member.

An app of a higher floor registers a subquery in `AppConfig.ready`; no page asks one query more.
"""

import json
from typing import Any

_facts: dict[str, str] = {}
_ATTRIBUTE = "facts"


def register(name: str, sql: str) -> None:
    """Read `sql` with the member of each request, as the fact `name`.

    It is one subquery that answers one JSON value of the company `t` (`t.id`, `t.time_zone`); it
    may use the parameters %(member)s and %(now)s.
    """
    _facts[name] = sql


def columns() -> list[str]:
    """The subqueries in the order of their names."""
    return [f"({_facts[name]})" for name in sorted(_facts)]


def attach(member: Any, values: list[Any]) -> None:
    """Give the member what `columns` answered."""
    found = zip(sorted(_facts), values, strict=True)
    read = {name: json.loads(v) if isinstance(v, str) else v for name, v in found}
    setattr(member, _ATTRIBUTE, read)


def were_read(member: Any) -> bool:
    """Whether the facts came with this member: a page's has them, a key's has not."""
    return hasattr(member, _ATTRIBUTE)


def facts_of(member: Any) -> dict[str, Any]:
    """The facts that were read with this member; none where it was read otherwise."""
    found: dict[str, Any] = getattr(member, _ATTRIBUTE, {})
    return found
