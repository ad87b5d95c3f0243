"""The register of communication tools."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from engagements import policies_charter as policies
from engagements import services
from engagements.forms_working import ToolForm, initial_of, tick_initial
from engagements.models import CHECKLIST, Charter, CommunicationTool
from engagements.register import monthly_total, register_boundaries, reply_warning
from tenants.errors import NotFound
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.policies import allowed
from tenants.repeats import page, says_it_is_gone

FIELDS = ("type", "platform", "status", "link", "purpose", "expected_reply_hours", "monthly_cost")
_ORDER = {"in_use": 0, "candidate": 1, "retired": 2}


@tenant_page("communication.view")
def tool_list(request: TenantRequest, slug: str) -> HttpResponse:
    """Type by type: what is in use, what it costs, and how the candidates compare."""
    tools = list(CommunicationTool.objects.all())
    boundaries = register_boundaries()
    context = {
        "types": [
            (kind.label, kind.value, _sorted(tool for tool in tools if tool.type == kind))
            for kind in CommunicationTool.Type
        ],
        "checklist": CHECKLIST,
        "total": monthly_total(tools),
        "in_use": [tool for tool in tools if tool.status == "in_use"],
        "warnings": [text for tool in tools if (text := reply_warning(tool, boundaries))],
        "boundaries": boundaries,
        "may_manage": allowed(policies.check_can_manage_tools, actor=request.member),
    }
    return render(request, "engagements/tool_list.html", context)


@require_POST
@tenant_page("communication.view", write="communication.manage")
def tools_seed(request: TenantRequest, slug: str) -> HttpResponse:
    """Add the usual candidates that are missing."""
    made = services.tools_seed(actor=request.member)
    said = f"{len(made)} candidates added." if made else "The usual candidates are all there."
    messages.success(request, said)
    return redirect_after_post(request, reverse("tool_list", args=[slug]))


@tenant_page("communication.manage")
def tool_create(request: TenantRequest, slug: str) -> HttpResponse:
    """One more platform."""
    initial = {"type": request.GET.get("type", "team_chat"), "status": "candidate"}
    form = ToolForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = form.send(services.tool_add, actor=request.member, **form.cleaned_data)
        if made is not None:
            return _saved(request, slug, made)
    return _form_page(request, {"form": form, "tool": None, "may_delete": False})


@tenant_page("communication.manage")
def tool_update(request: TenantRequest, slug: str, tool_id: UUID) -> HttpResponse:
    """Change a platform."""
    tool = _tool(tool_id)
    initial = initial_of(tool, FIELDS) | {
        name: tick_initial(getattr(tool, name)) for name in CHECKLIST
    }
    form = ToolForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        changed = form.send(
            services.tool_update, tool=tool, actor=request.member, changes=form.cleaned_data
        )
        if changed is not None:
            return _saved(request, slug, changed)
    named = Charter.objects.filter(Q(normal_channel=tool) | Q(urgent_channel=tool)).exists()
    return _form_page(request, {"form": form, "tool": tool, "may_delete": not named})


@require_POST
@tenant_page("communication.view", write="communication.manage")
def tool_use(request: TenantRequest, slug: str, tool_id: UUID) -> HttpResponse:
    """Mark a candidate as the one in use; the former becomes a candidate."""
    tool = services.tool_update(
        tool=_tool(tool_id), actor=request.member, changes={"status": "in_use"}
    )
    return _saved(request, slug, tool)


@require_POST
@tenant_page("communication.view", write="communication.manage")
@says_it_is_gone(
    "communication.deleted",
    said="This platform had been removed already.",
    to=page("tool_list"),
)
def tool_delete(request: TenantRequest, slug: str, tool_id: UUID) -> HttpResponse:
    """Take a platform off the register."""
    tool = _tool(tool_id)
    services.tool_delete(tool=tool, actor=request.member)
    messages.success(request, f"{tool.platform} removed.")
    return redirect_after_post(request, reverse("tool_list", args=[slug]))


def _saved(request: TenantRequest, slug: str, tool: CommunicationTool) -> HttpResponse:
    """Say it, with a warning where the reply time contradicts the charter."""
    if warning := reply_warning(tool, register_boundaries()):
        messages.warning(request, f"Saved. {warning}")
    else:
        messages.success(request, f"{tool.platform} saved.")
    return redirect_after_post(request, reverse("tool_list", args=[slug]))


def _form_page(request: TenantRequest, context: dict[str, Any]) -> HttpResponse:
    context |= {"currency": request.tenant.currency, "checklist": list(CHECKLIST)}
    status = 422 if context["form"].is_bound else 200
    return render(request, "engagements/tool_form.html", context, status=status)


def _tool(tool_id: UUID) -> CommunicationTool:
    found: CommunicationTool | None = CommunicationTool.objects.filter(pk=tool_id).first()
    if found is None:
        raise NotFound()
    return found


def _sorted(tools: Any) -> list[CommunicationTool]:
    return sorted(tools, key=lambda tool: (_ORDER[tool.status], tool.platform.casefold()))
