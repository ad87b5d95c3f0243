"""Append-only, hash-chained record of who did what; `record` is called by every service."""

from tenants.audit.actors import Actor
from tenants.audit.services import changed, event, plain, record, record_all

__all__ = ["Actor", "changed", "event", "plain", "record", "record_all"]
