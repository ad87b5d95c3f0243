"""The id of the request or job that the running code serves, for audit rows and log lines."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("bowline_request_id", default="")
