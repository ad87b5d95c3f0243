"""Structured log lines that say whose request or job they belong to."""

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from tenants.isolation.context import tenant_or_none
from tenants.isolation.request_ids import request_id


def add_context(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Add the request (or job) id and the tenant id, where there are any."""
    if current := request_id.get():
        event["request_id"] = current
    if tenant_id := tenant_or_none():
        event["tenant"] = str(tenant_id)
    return event


def drop_noise(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Leave out the objects that Django's own server attaches to each line."""
    for key in ("request", "server_time", "status_code"):
        event.pop(key, None)
    return event


_PROCESSORS: list[Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
    add_context,
    structlog.stdlib.ExtraAdder(),
    drop_noise,
]


def formatter(json: bool = False) -> structlog.stdlib.ProcessorFormatter:
    """The formatter of every handler: JSON for machines, aligned text for a terminal."""
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_PROCESSORS,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info if json else _unchanged,
            renderer,
        ],
    )


def _unchanged(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    return event
