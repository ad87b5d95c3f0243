"""What can be wrong with a request, said once for pages and API."""

from collections.abc import Mapping
from http import HTTPStatus


class DomainError(Exception):
    """A rule said no. The message is for the person who asked; `status` is its HTTP answer."""

    status = HTTPStatus.CONFLICT
    title = "That did not work"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.title)

    @property
    def message(self) -> str:
        return str(self)


class Denied(DomainError):
    """A member without the right."""

    status = HTTPStatus.FORBIDDEN
    title = "This is not yours to do"


class NotFound(DomainError):
    """Not there, or not of this tenant: both answer the same."""

    status = HTTPStatus.NOT_FOUND
    title = "There is nothing here"


class WrongState(DomainError):
    """The record has moved on, or has not come so far."""

    status = HTTPStatus.CONFLICT
    title = "This is not possible in its present state"


class StaleVersion(DomainError):
    """Someone changed it since it was read (If-Match)."""

    status = HTTPStatus.PRECONDITION_FAILED
    title = "Someone changed this in the meantime"


class TooLarge(DomainError):
    """The body or file is over its limit."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    title = "That is too large"


class Suspended(DomainError):
    """The tenant is suspended or archived: reading goes on, writing waits."""

    status = HTTPStatus.FORBIDDEN
    title = "This company can only be read"


class Invalid(DomainError):
    """Input that breaks a rule: `errors` maps each field to what is wrong and how to fix it.

    `codes` names, by field, refusals that a program can answer, such as with `confirm`.
    """

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "Some fields need a change"

    def __init__(
        self,
        errors: Mapping[str, str] | None = None,
        message: str = "",
        codes: Mapping[str, str] | None = None,
    ) -> None:
        self.errors = dict(errors or {})
        self.codes = dict(codes or {})
        super().__init__(message or next(iter(self.errors.values()), self.title))
