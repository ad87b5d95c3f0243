"""Pages of background work: the list under /t/<slug>/settings/jobs/, one job's progress apart."""

from django.urls import path

from tenants.jobs import views

urlpatterns = [
    path("settings/jobs/", views.job_list, name="job_list"),
    path("settings/jobs/<uuid:job_id>/retry/", views.job_retry, name="job_retry"),
    path("jobs/<uuid:job_id>/progress/", views.job_progress, name="job_progress"),
]
