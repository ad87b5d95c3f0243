"""Where a person lands after signing in."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from tenants import doors
from tenants.ui import navigation


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """My only tenant's dashboard; with several, the portfolio; with none, a page that says so."""
    all_of_them = doors.memberships_found(request.user)
    memberships = doors.at_work(all_of_them)
    if not memberships:
        archived = [m for m in all_of_them if m not in memberships]
        return render(request, "tenants/no_tenant.html", {"archived": archived}, status=200)
    if len(memberships) == 1:
        return redirect(navigation.home(memberships[0].slug))
    return redirect("portfolio")
