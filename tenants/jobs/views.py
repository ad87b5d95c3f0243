"""Background work as an admin sees it, and one job's progress for whoever started it."""

from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tenants.errors import NotFound
from tenants.jobs import policies, services, signs
from tenants.jobs.models import Job
from tenants.jobs.querysets import JobFilter, kind_choices, page_of
from tenants.jobs.registry import label_of
from tenants.pages import TenantRequest, is_fragment, redirect_after_post, tenant_page
from tenants.policies import allowed

STATES = [("", "All"), ("open", "Waiting and running"), ("failed", "Failed"), ("done", "Done")]


class JobFilterForm(forms.Form):
    """State and kind, each of those that exist or none."""

    state = forms.ChoiceField(choices=STATES, required=False)
    kind = forms.ChoiceField(required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["kind"].choices = [("", _("All")), *kind_choices()]  # type: ignore[attr-defined]


@require_safe
@tenant_page("job.view")
def job_list(request: TenantRequest, slug: str) -> HttpResponse:
    """What runs, waits, failed and was done; the list alone when htmx asks for it again."""
    form = JobFilterForm(request.GET)
    asked = JobFilter(**form.cleaned_data) if form.is_valid() else JobFilter()
    chosen = {name: value for name, value in vars(asked).items() if value}
    last_tick = signs.last_tick()
    context = {
        "form": form,
        "page": page_of(asked),
        "asked": asked,
        "query": urlencode(chosen),
        "label_of": label_of,
        "may_retry": request.member.can("job.manage") and request.tenant.is_writable,
        "last_tick": last_tick,
        "is_alive": signs.is_alive_at(last_tick),
    }
    template = "jobs/_jobs.html" if is_fragment(request) else "jobs/job_list.html"
    return render(request, template, context, status=200 if form.is_valid() else 422)


@require_POST
@tenant_page("job.view", write="job.manage")
def job_retry(request: TenantRequest, slug: str, job_id: UUID) -> HttpResponse:
    """Run a failed job again."""
    job = services.job_retry(job=_job(job_id), actor=request.member)
    messages.success(request, _("%(job)s runs again.") % {"job": label_of(job.kind)})
    return redirect_after_post(request, reverse("job_list", kwargs={"slug": slug}))


@require_safe
@tenant_page("tenant.view")
def job_progress(request: TenantRequest, slug: str, job_id: UUID) -> HttpResponse:
    """How far one job is, for those who may see all of them or who started it.

    Asked by htmx it is a fragment that asks again until the job has ended; then the answer
    carries the event `jobFinished`, so that the page around it can show the result.
    """
    job = _job(job_id)
    policies.check_can_see(actor=request.member, job=job)
    context = {
        "job": job,
        "label": label_of(job.kind),
        "may_list": allowed(policies.check_can_list, actor=request.member),
    }
    template = "jobs/_job_progress.html" if is_fragment(request) else "jobs/job_progress.html"
    response = render(request, template, context)
    if not job.is_open:
        response["HX-Trigger"] = "jobFinished"
    return response


def _job(job_id: UUID) -> Job:
    """The job; raises NotFound where the tenant has none with this id."""
    job = Job.objects.select_related("started_by__user").filter(pk=job_id).first()
    if job is None:
        raise NotFound
    return job
