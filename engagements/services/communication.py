"""The register of communication tools."""

import copy
import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Q

from engagements import policies_charter as policies
from engagements.models import CHECKLIST, Charter, CommunicationTool
from engagements.services.rows import check_unmodified, hold_company
from tenants import audit
from tenants.audit import Actor
from tenants.errors import Invalid, NotFound
from tenants.holding import put
from tenants.services import validate

FIELDS = [
    "type", "platform", "status", "link", "purpose", "expected_reply_hours", "monthly_cost",
    *CHECKLIST,
]  # fmt: skip
Type, Status = CommunicationTool.Type, CommunicationTool.Status
SEEDS: tuple[tuple[str, str, dict[str, bool]], ...] = (
    (Type.TEAM_CHAT, "Slack", {"sso": True, "cross_platform": True, "analytics": True}),
    (Type.TEAM_CHAT, "Microsoft Teams", {"sso": True, "cross_platform": True, "analytics": True}),
    (Type.PROJECT_MANAGEMENT, "ClickUp", {"sso": True, "cross_platform": True}),
    (Type.PROJECT_MANAGEMENT, "Asana", {"sso": True, "cross_platform": True}),
    (Type.VIDEO, "Zoom", {"sso": True, "cross_platform": True, "analytics": True}),
    (Type.VIDEO, "Microsoft Teams", {"sso": True, "cross_platform": True, "analytics": True}),
    (Type.DOCUMENTS, "Google Workspace", {"sso": True, "cloud_storage": True}),
    (Type.DOCUMENTS, "Microsoft 365", {"sso": True, "cloud_storage": True}),
)
_https = URLValidator(schemes=["https"])


@transaction.atomic
def tools_seed(*, actor: Actor) -> list[CommunicationTool]:
    """The usual platforms of each type as candidates; those that are there already stay as they
    are. What their plans hold beyond the checklist's ticks is for the company to find out.
    Raises Denied."""
    policies.check_can_manage_tools(actor=actor)
    company = hold_company()
    there = set(CommunicationTool.objects.values_list("type", "platform"))
    made: list[CommunicationTool] = CommunicationTool.objects.bulk_create(
        CommunicationTool(type=kind, platform=platform, currency=company.currency, **ticks)
        for kind, platform, ticks in SEEDS
        if (kind, platform) not in there
    )
    if made:
        audit.record(
            actor=actor,
            verb="communication.seeded",
            changes={"candidates": [tool.platform for tool in made]},
        )
    return made


@transaction.atomic
def tool_add(*, actor: Actor, type: str, platform: str, **fields: Any) -> CommunicationTool:
    """One more platform, a candidate unless `status` says otherwise; `fields` as in `tool_update`.

    Raises Denied, Invalid: also for a platform that the type has already.
    """
    policies.check_can_manage_tools(actor=actor)
    company = hold_company()
    tool = CommunicationTool(type=type, platform=platform.strip(), currency=company.currency)
    put(tool, fields, FIELDS)
    _check(tool)
    _make_room(tool, actor)
    tool.save(force_insert=True)
    audit.record(
        actor=actor,
        verb="communication.added",
        target=tool,
        changes={"type": tool.type, "status": tool.status},
    )
    return tool


@transaction.atomic
def tool_update(
    *,
    tool: CommunicationTool,
    actor: Actor,
    changes: Mapping[str, Any],
    if_unmodified: dt.datetime | None = None,
) -> CommunicationTool:
    """Change a platform. Of each type one is in use: marking another makes the former a candidate.

    Raises Denied, StaleVersion, Invalid. Nothing is written when nothing differs.
    """
    policies.check_can_manage_tools(actor=actor)
    hold_company()
    tool = _for_change(tool)
    check_unmodified(tool, if_unmodified)
    before = copy.copy(tool)
    put(tool, changes, FIELDS)
    differences = audit.changed(before, tool, FIELDS)
    if not differences:
        return tool
    _check(tool)
    _make_room(tool, actor)
    tool.save()
    audit.record(actor=actor, verb="communication.changed", target=tool, changes=differences)
    return tool


@transaction.atomic
def tool_delete(*, tool: CommunicationTool, actor: Actor) -> None:
    """Take a platform off the register; raises Denied, NotFound, and WrongState where a version of
    a charter names it."""
    hold_company()
    tool = _for_change(tool)
    named = Charter.objects.filter(Q(normal_channel=tool) | Q(urgent_channel=tool)).exists()
    policies.check_can_delete_tool(actor=actor, tool=tool, is_named=named)
    audit.record(
        actor=actor,
        verb="communication.deleted",
        target=tool,
        changes={"type": tool.type, "status": tool.status},
    )
    tool.delete()


def _for_change(tool: CommunicationTool) -> CommunicationTool:
    found: CommunicationTool | None = (
        CommunicationTool.objects.select_for_update(of=("self",)).filter(pk=tool.pk).first()
    )
    if found is None:
        raise NotFound("This tool is no longer on the register.")
    return found


def _check(tool: CommunicationTool) -> None:
    validate(tool)
    errors = {}
    if problem := link_problem(tool.link):
        errors["link"] = problem
    same = CommunicationTool.objects.filter(type=tool.type, platform__iexact=tool.platform)
    if same.exclude(pk=tool.pk).exists():
        errors["platform"] = f"{tool.platform} stands under this type already. Change that entry."
    if errors:
        raise Invalid(errors)


def link_problem(link: str) -> str:
    """What is wrong with an address, empty when it is `https://` and names a host, or empty."""
    if not link:
        return ""
    if not link.startswith("https://"):
        return "Give an address that begins with https://."
    try:
        _https(link)
        parts = urlsplit(link)
    except (ValidationError, ValueError):
        return "This is no address. Copy it from the browser, such as https://chat.example.com/."
    if parts.username or parts.password:
        return "Leave name and password out of the address."
    return ""


def _make_room(tool: CommunicationTool, actor: Actor) -> None:
    """The one that was in use becomes a candidate again; the register is held."""
    if tool.status != Status.IN_USE:
        return
    others = CommunicationTool.objects.in_use().filter(type=tool.type).exclude(pk=tool.pk)
    for other in others:
        other.status = Status.CANDIDATE
        other.save(update_fields=["status", "updated_at"])
        audit.record(
            actor=actor,
            verb="communication.changed",
            target=other,
            changes={"status": [Status.IN_USE, Status.CANDIDATE]},
        )
