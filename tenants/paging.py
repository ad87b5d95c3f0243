"""Lists by pages, newest first, by the id at their edge: no row is skipped or shown twice, however
many are written meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest


@dataclass(frozen=True)
class Page:
    """Some rows, newest first, and the ids from which the newer and older ones go on."""

    rows: list[Any]
    newer: UUID | None
    older: UUID | None

    def links(self, chosen: Mapping[str, str]) -> dict[str, str]:
        """`newer` and `older` as queries of the address beside what was `chosen`; empty where
        there are none."""
        edges = {"newer": ("after", self.newer), "older": ("before", self.older)}
        return {
            name: "?" + urlencode({**chosen, where: str(pk)}) if pk is not None else ""
            for name, (where, pk) in edges.items()
        }


def page_of(rows: QuerySet[Any], request: HttpRequest, *, size: int) -> Page:
    """The `size` rows that `?before=` or `?after=` asks for, else the newest; one query."""
    before, after = cursor(request, "before"), cursor(request, "after")
    if after is not None:
        found = list(rows.filter(id__gt=after).order_by("id")[: size + 1])
        shown = found[:size][::-1]
        newest = shown[0].pk if len(found) > size else None
        return Page(shown, newest, shown[-1].pk if shown else after)
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows.order_by("-id")[: size + 1])
    shown = found[:size]
    newer = shown[0].pk if before is not None and shown else None
    return Page(shown, newer, shown[-1].pk if len(found) > size else None)


def is_paged(request: HttpRequest) -> bool:
    """Whether the address asks for another page than the newest."""
    return bool(request.GET.get("before") or request.GET.get("after"))


def cursor(request: HttpRequest, name: str) -> UUID | None:
    """The id in the address; one that is none leads to the newest."""
    try:
        return UUID(request.GET[name])
    except (KeyError, ValueError):
        return None
