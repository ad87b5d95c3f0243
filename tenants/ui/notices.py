"""What every page of a company says on top while it holds, such as that somebody is away."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A line above the page: `state` is a state of the components; `link` is what `href` says."""

    title: str
    text: str
    state: str = "wait"
    href: str = ""
    link: str = ""


Source = Callable[[HttpRequest], Iterable[Notice]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Add a source, called from `AppConfig.ready`; it asks the database nothing."""
    if source not in _sources:
        _sources.append(source)


def notices_for(request: HttpRequest) -> list[Notice]:
    """What the page that is being read says on top."""
    return [notice for source in _sources for notice in source(request)]
