"""Budget lines: what there is, what is promised, paid and waiting, and what it was good for."""

import csv
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from decisions import money
from decisions.budget_figures import bought_with, figures_of, invoices_of, lines_of, sums_of
from decisions.forms_money import BudgetForm
from decisions.models import Budget
from decisions.pages import whole
from decisions.services.budgets import budget_create, budget_update
from engagements.timesheet import plain_cell
from tenants.errors import NotFound
from tenants.models import Member
from tenants.pages import TenantRequest, redirect_after_post, tenant_page

COLUMNS = (
    "name", "starts_on", "ends_on", "currency", "allocated", "committed", "actual", "waiting",
    "left", "owner",
)  # fmt: skip


@tenant_page("budget.view")
def budget_list(request: TenantRequest, slug: str) -> HttpResponse:
    """The lines of today, or all, with their chart."""
    shows_all = request.GET.get("show") == "all"
    rows = lines_of(None if shows_all else request.tenant.today)
    own = [row for row in rows if row.line.currency == request.tenant.currency]
    context = {
        "rows": rows,
        "total": sums_of(own, request.tenant.currency),
        "shows_all": shows_all,
        "may_edit": request.member.can("budget.manage"),
    }
    return render(request, "decisions/budget_list.html", context)


@tenant_page("budget.view")
def budget_detail(request: TenantRequest, slug: str, budget_id: Any) -> HttpResponse:
    """One line: approved against paid against benefit, and the invoices."""
    line = budget_at(budget_id)
    context = {
        "it": figures_of(line),
        "bought": bought_with(line),
        "invoices": invoices_of(line),
        "short": whole,
        "may_edit": request.member.can("budget.manage"),
    }
    return render(request, "decisions/budget_detail.html", context)


@tenant_page("budget.manage")
def budget_create_page(request: TenantRequest, slug: str) -> HttpResponse:
    """A new line, in the company's currency."""
    year = request.tenant.today.year
    initial = {"starts_on": f"{year}-01-01", "ends_on": f"{year}-12-31"}
    form = BudgetForm(request.POST or None, initial=initial, members=_members())
    if request.method == "POST" and form.is_valid():
        made = form.send(budget_create, actor=request.member, **form.cleaned_data)
        if made is not None:
            return _saved(request, made)
    return _form(request, form, None)


@tenant_page("budget.manage")
def budget_update_page(request: TenantRequest, slug: str, budget_id: Any) -> HttpResponse:
    """Change a line; never below what is committed and paid."""
    line = budget_at(budget_id)
    initial = {
        "name": line.name,
        "allocated": money.plain(line.allocated, line.currency),
        "starts_on": line.starts_on,
        "ends_on": line.ends_on,
        "owner": str(line.owner_id or ""),
    }
    form = BudgetForm(request.POST or None, initial=initial, members=_members(line))
    if request.method == "POST" and form.is_valid():
        saved = form.send(
            budget_update, budget=line, actor=request.member, changes=form.cleaned_data
        )
        if saved is not None:
            return _saved(request, saved)
    return _form(request, form, line)


@tenant_page("budget.view")
def budget_export(request: TenantRequest, slug: str) -> HttpResponse:
    """All lines as CSV, amounts as decimal numbers."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-budgets.csv"'
    out = csv.writer(response)
    out.writerow(COLUMNS)
    for row in lines_of(None):
        line = row.line
        amounts = (row.allocated, row.committed, row.actual, row.waiting, row.left)
        out.writerow(
            [
                plain_cell(line.name),
                line.starts_on.isoformat(),
                line.ends_on.isoformat(),
                line.currency,
                *(money.plain(amount, line.currency) for amount in amounts),
                plain_cell(line.owner.name if line.owner else ""),
            ]
        )
    return response


def budget_at(budget_id: Any) -> Any:
    """The line with what waits on it; raises NotFound."""
    rows = Budget.objects.with_waiting().select_related("owner__user")
    found = rows.filter(pk=budget_id).first()
    if found is None:
        raise NotFound
    return found


def _members(line: Budget | None = None) -> list[Member]:
    """Who can own a line; who owns it stays on the list though they left."""
    members = list(Member.objects.filter(status=Member.Status.ACTIVE).select_related("user"))
    if line is not None and line.owner is not None and line.owner not in members:
        members.append(line.owner)
    return members


def _saved(request: TenantRequest, line: Budget) -> HttpResponse:
    messages.success(request, f"{line.name} saved.")
    address = reverse("budget_detail", args=[request.tenant.slug, line.pk])
    return redirect_after_post(request, address)


def _form(request: TenantRequest, form: BudgetForm, line: Budget | None) -> HttpResponse:
    status = 422 if form.is_bound else 200
    context = {"form": form, "it": line}
    return render(request, "decisions/budget_form.html", context, status=status)
