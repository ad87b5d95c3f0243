"""The company's settings, its look, and what brings it back."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tenants import colours, services
from tenants.calendars import calendar_of, public
from tenants.calendars import services as holidays
from tenants.company import logos, rebuilds
from tenants.company import services as company
from tenants.company.forms import (
    ArchiveForm,
    BrandForm,
    GeneralForm,
    HolidayForm,
    HolidayListForm,
    HoursForm,
    LogoForm,
)
from tenants.errors import NotFound
from tenants.models import Holiday, Logo, Tenant
from tenants.pages import TenantRequest, redirect_after_post, tenant_page
from tenants.repeats import page, says_it_is_gone
from tenants.ui import settings_menu, undo
from tenants.ui.formats import MONTHS_LONG, day_full

DEFAULT_DUE = ("friday", dt.time(17))
YEAR = 365 * 24 * 3600


@require_safe
@tenant_page("tenant.view")
def settings_overview(request: TenantRequest, slug: str) -> HttpResponse:
    """What is set, and where it is changed."""
    tenant = request.tenant
    calendar = calendar_of(tenant)
    coming = sorted(day for day in calendar.holidays if day >= tenant.today)
    next_holiday = (coming[0], calendar.holidays[coming[0]]) if coming else None
    context = {
        "pages": settings_menu.links(request),
        "country": public.countries().get(tenant.holiday_country, ""),
        "next_holiday": next_holiday,
        "fiscal_month": MONTHS_LONG[tenant.fiscal_year_start_month - 1],
        "zone_name": tenant.time_zone.replace("_", " "),
        "may_manage": request.member.can("tenant.manage"),
    }
    return render(request, "settings/settings_overview.html", context)


@tenant_page("tenant.manage")
def settings_general(request: TenantRequest, slug: str) -> HttpResponse:
    """Name, zone, currency, week and fiscal year."""
    tenant = request.tenant
    form = GeneralForm(request.POST or None, initial=_initial(tenant, GeneralForm))
    if request.method == "POST" and form.is_valid():
        before = rebuilds.periods_of(tenant)
        changed = _update(request, form)
        if changed is not None:
            if rebuilds.periods_of(changed) != before:
                text = "Saved. All figures are built anew; the old ones are shown until then."
            else:
                text = "Saved."
            messages.success(request, _(text))
            return _back(slug, "settings_general", request)
    rebuild = rebuilds.under_way()
    return _answer(request, "settings/settings_general.html", form, rebuild=rebuild)


@tenant_page("tenant.manage")
def settings_hours(request: TenantRequest, slug: str) -> HttpResponse:
    """Working days and hours, and when the weekly update is due."""
    tenant = request.tenant
    initial = _initial(tenant, HoursForm)
    if not tenant.update_due_weekday:
        initial["update_due_weekday"], initial["update_due_time"] = DEFAULT_DUE
    form = HoursForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and _update(request, form) is not None:
        messages.success(request, _("Saved."))
        return _back(slug, "settings_hours", request)
    calendar = calendar_of(tenant)
    sent = dt.datetime.combine(tenant.today, dt.time(14, 12), tenant.zone)
    context = {
        "example_sent": sent,
        "example_due": calendar.due_after(sent, 24).astimezone(tenant.zone),
        "is_chosen": bool(tenant.update_due_weekday),
    }
    return _answer(request, "settings/settings_hours.html", form, **context)


@tenant_page("tenant.view", write="tenant.manage")
def settings_holidays(request: TenantRequest, slug: str) -> HttpResponse:
    """The days off, by year; sending chooses the public list."""
    tenant = request.tenant
    posted = request.POST.get("holiday_country", "")
    suggested = tenant.holiday_country or public.country_of_zone(tenant.time_zone)
    country = posted if posted in public.countries() else suggested
    initial = {
        "holiday_country": suggested,
        "holiday_subdivision": tenant.holiday_subdivision,
        "version": tenant.updated_at.isoformat(),
    }
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None and data.get("holiday_subdivision") not in public.subdivisions(country):
        data["holiday_subdivision"] = ""  # of the country that was chosen before
    form = HolidayListForm(data, initial=initial, country=country)
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        chosen = form.send(
            holidays.holidays_choose,
            tenant=tenant,
            actor=request.member,
            country=facts["holiday_country"],
            subdivision=facts["holiday_subdivision"],
        )
        if chosen is not None:
            messages.success(request, _("Public holidays saved."))
            return _back(slug, "settings_holidays", request)
    return _holidays(request, form, HolidayForm())


@require_POST
@tenant_page("tenant.manage")
def holiday_create(request: TenantRequest, slug: str) -> HttpResponse:
    """A day of the company's own."""
    form = HolidayForm(request.POST)
    if form.is_valid():
        added = form.send(
            holidays.holiday_add, tenant=request.tenant, actor=request.member, **form.facts()
        )
        if added is not None:
            messages.success(request, _("%(name)s added.") % {"name": added.name})
            return _back(slug, "settings_holidays", request)
    tenant = request.tenant
    initial = {
        "holiday_country": tenant.holiday_country,
        "holiday_subdivision": tenant.holiday_subdivision,
    }
    list_form = HolidayListForm(initial=initial, country=tenant.holiday_country)
    return _holidays(request, list_form, form)


@tenant_page("tenant.manage")
def holiday_edit(request: TenantRequest, slug: str, holiday_id: UUID) -> HttpResponse:
    """Change a day of the company's own."""
    holiday = _holiday(holiday_id)
    initial = {
        "date": holiday.date,
        "name": holiday.name,
        "version": holiday.updated_at.isoformat(),
    }
    form = HolidayForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        changed = form.send(
            holidays.holiday_update,
            holiday=holiday,
            actor=request.member,
            changes=form.facts(),
            if_unmodified=form.read_at(),
        )
        if changed is not None:
            messages.success(request, _("Saved."))
            return _back(slug, "settings_holidays", request)
    return _answer(request, "settings/holiday_edit.html", form, holiday=holiday)


@require_POST
@tenant_page("tenant.manage")
def holiday_switch(request: TenantRequest, slug: str, holiday_id: UUID) -> HttpResponse:
    """Let a day count, or not: `active` on or off."""
    active = request.POST.get("active") == "on"
    changed = holidays.holiday_update(
        holiday=_holiday(holiday_id), actor=request.member, changes={"active": active}
    )
    words = "%(day)s is a day off." if active else "%(day)s is a working day for you."
    undo.offer(
        request,
        _(words) % {"day": day_full(changed.date)},
        reverse("holiday_switch", args=[slug, changed.pk]),
        active="off" if active else "on",
    )
    return _back(slug, "settings_holidays", request)


@require_POST
@tenant_page("tenant.manage")
@says_it_is_gone(
    "holiday.removed",
    said="This day had been removed already.",
    to=page("settings_holidays"),
)
def holiday_delete(request: TenantRequest, slug: str, holiday_id: UUID) -> HttpResponse:
    """Take a day of the company's own away."""
    holiday = _holiday(holiday_id)
    holidays.holiday_remove(holiday=holiday, actor=request.member)
    undo.offer(
        request,
        _("%(name)s removed.") % {"name": holiday.name},
        reverse("holiday_create", args=[slug]),
        date=holiday.date.isoformat(),
        name=holiday.name,
    )
    return _back(slug, "settings_holidays", request)


@tenant_page("tenant.manage")
def settings_branding(request: TenantRequest, slug: str) -> HttpResponse:
    """The company's colour, and whether text can be read on it."""
    tenant = request.tenant
    form = BrandForm(request.POST or None, initial=_initial(tenant, BrandForm))
    if request.method == "POST" and form.is_valid():
        changed = _update(request, form)
        if changed is not None:
            here = reverse("settings_branding", args=[slug])
            if changed.brand_color == tenant.brand_color:
                messages.success(request, _("Saved."))
            else:
                undo.offer(request, _("Colour saved."), here, brand_color=tenant.brand_color)
            return _back(slug, "settings_branding", request)
    return _branding(request, form, LogoForm())


@require_POST
@tenant_page("tenant.manage")
def logo_upload(request: TenantRequest, slug: str) -> HttpResponse:
    """A new logo."""
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["logo"]
        content = file.read(logos.MAX_BYTES + 1)
        if form.send(
            company.logo_set, tenant=request.tenant, actor=request.member, content=content
        ):
            messages.success(request, _("Logo saved."))
            return _back(slug, "settings_branding", request)
    return _branding(request, BrandForm(initial=_initial(request.tenant, BrandForm)), form)


@require_POST
@tenant_page("tenant.manage")
def logo_delete(request: TenantRequest, slug: str) -> HttpResponse:
    """The initials again."""
    had_one = bool(request.tenant.logo_version)
    company.logo_remove(tenant=request.tenant, actor=request.member)
    if had_one:
        undo.offer(request, _("Logo removed."), reverse("logo_restore", args=[slug]))
    return _back(slug, "settings_branding", request)


@require_POST
@tenant_page("tenant.manage")
def logo_restore(request: TenantRequest, slug: str) -> HttpResponse:
    """The logo again that was removed last."""
    company.logo_restore(tenant=request.tenant, actor=request.member)
    messages.success(request, _("The logo is back."))
    return _back(slug, "settings_branding", request)


@tenant_page("tenant.manage")
def settings_status(request: TenantRequest, slug: str) -> HttpResponse:
    """Put the company away: who can still open it, and how long it can come back."""
    form = ArchiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.facts()
        archived = form.send(
            company.tenant_archive, tenant=request.tenant, actor=request.member, **data
        )
        if archived is not None:
            messages.success(request, _("Archived."))
            return _back(slug, "settings_status", request)
    return _answer(request, "settings/settings_status.html", form)


@require_POST
@tenant_page("tenant.manage", while_inactive=True)
def tenant_restore(request: TenantRequest, slug: str) -> HttpResponse:
    """Bring an archived company back."""
    company.tenant_restore(tenant=request.tenant, actor=request.member)
    messages.success(request, _("The company is back. Everybody can open it again."))
    return _back(slug, "settings_status", request)


@require_safe
@tenant_page("tenant.view")
def brand_sheet(request: TenantRequest, slug: str, version: str) -> HttpResponse:
    """The company's colour as a stylesheet; its address changes with it, so it may be kept."""
    _check_version(request.tenant, version)
    colour = request.tenant.brand_color
    if not colour:
        raise NotFound
    found = colours.shades(colour)
    sheet = f":root {{ --brand: light-dark({found.light}, {found.dark}); }}\n"
    return _kept(HttpResponse(sheet, content_type="text/css; charset=utf-8"))


@require_safe
@tenant_page("tenant.view")
def brand_logo(request: TenantRequest, slug: str, version: str) -> HttpResponse:
    """The company's logo."""
    _check_version(request.tenant, version)
    logo = Logo.objects.first() if request.tenant.logo_version else None
    if logo is None:
        raise NotFound
    return _kept(HttpResponse(bytes(logo.content), content_type=logo.content_type))


def _check_version(tenant: Tenant, version: str) -> None:
    if version != tenant.brand_version:
        raise NotFound


def _kept(response: HttpResponse) -> HttpResponse:
    """For this reader's browser alone, and never taken for anything else."""
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _initial(tenant: Tenant, form: type[Any]) -> dict[str, Any]:
    names = [name for name in form.base_fields if name != "version"]
    return {name: getattr(tenant, name) for name in names} | {
        "version": tenant.updated_at.isoformat()
    }


def _update(request: TenantRequest, form: Any) -> Tenant | None:
    changed: Tenant | None = form.send(
        services.tenant_update,
        tenant=request.tenant,
        actor=request.member,
        changes=form.facts(),
        if_unmodified=form.read_at(),
    )
    return changed


def _holiday(holiday_id: UUID) -> Holiday:
    found: Holiday | None = Holiday.objects.select_related("tenant").filter(pk=holiday_id).first()
    if found is None:
        raise NotFound
    return found


def _holidays(request: TenantRequest, list_form: Any, own_form: Any) -> HttpResponse:
    tenant = request.tenant
    rows = list(Holiday.objects.filter(date__gte=dt.date(tenant.today.year, 1, 1)))
    years: dict[int, list[Holiday]] = {}
    for row in rows:
        years.setdefault(row.date.year, []).append(row)
    context = {
        "list_form": list_form,
        "own_form": own_form,
        "years": years,
        "this_year": tenant.today.year,
        "country": public.countries().get(tenant.holiday_country, ""),
        "part": public.subdivisions(tenant.holiday_country).get(tenant.holiday_subdivision, ""),
        "may_manage": request.member.can("tenant.manage") and tenant.is_writable,
    }
    status = 422 if list_form.is_bound or own_form.is_bound else 200
    return render(request, "settings/settings_holidays.html", context, status=status)


def _branding(request: TenantRequest, form: Any, logo_form: Any) -> HttpResponse:
    tenant = request.tenant
    asked = form["brand_color"].value() or tenant.brand_color
    try:
        shown = colours.shades(colours.parse(asked)) if asked else None
    except ValueError:
        shown = None
    context = {
        "form": form,
        "logo_form": logo_form,
        "shades": shown,
        "enough": colours.ENOUGH,
        "may_restore": not request.tenant.logo_version and Logo.objects.exists(),
    }
    status = 422 if form.is_bound or logo_form.is_bound else 200
    return render(request, "settings/settings_branding.html", context, status=status)


def _answer(request: TenantRequest, template: str, form: Any, **context: Any) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, template, {"form": form, **context}, status=status)


def _back(slug: str, name: str, request: TenantRequest) -> HttpResponse:
    return redirect_after_post(request, reverse(name, kwargs={"slug": slug}))
