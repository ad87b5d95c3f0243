"""Whose files they are: a record's own rules say who may read and change them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

from tenants.audit import Actor
from tenants.errors import NotFound

Rule = Callable[[Actor, Any], None]


@dataclass(frozen=True)
class Owner:
    """A model whose records have files; both rules raise where `actor` may not."""

    model: type[models.Model]
    may_view: Rule
    may_change: Rule


OWNERS: dict[str, Owner] = {}


def register_owner(model: type[models.Model], *, may_view: Rule, may_change: Rule) -> None:
    """Let records of `model` have files, from `AppConfig.ready`: rules as `rule(actor, record)`."""
    OWNERS[model._meta.label_lower] = Owner(model, may_view, may_change)


def owner_of(target: models.Model) -> Owner:
    """The rules of a record; KeyError where its model has no files."""
    return OWNERS[target._meta.label_lower]


def record_of(target_type: str, target_id: Any) -> tuple[Owner, Any]:
    """The record that a file names; raises NotFound where there is none any more."""
    owner = OWNERS.get(target_type)
    record = owner.model._default_manager.filter(pk=target_id).first() if owner else None
    if owner is None or record is None:
        raise NotFound
    return owner, record
