"""Every resource of /api/v1/. An app adds one line: router.register("kpis", KpiViewSet, "kpi")."""

from django.urls import URLPattern, URLResolver, path, re_path
from rest_framework.routers import SimpleRouter

from dashboard.api import WaitingViewSet
from dashboard.setup_api import SetupViewSet
from decisions.api import SpendRequestViewSet
from decisions.policy_api import (
    ApprovalPolicyViewSet,
    BudgetViewSet,
    DelegationViewSet,
    ExchangeRateViewSet,
)
from engagements.api import EngagementViewSet, TimeEntryViewSet
from engagements.api_charter import (
    CharterViewSet,
    CommunicationToolViewSet,
    CoverageViewSet,
    IntegrationActivityViewSet,
    StakeholderViewSet,
)
from engagements.api_roadmap import (
    ImpactWeightsViewSet,
    InitiativeViewSet,
    MilestoneViewSet,
    PrioritisationViewSet,
)
from engagements.api_value import (
    EngagementValueViewSet,
    FullTimeCostViewSet,
    GrowthSignalViewSet,
    SavingViewSet,
)
from engagements.time_api import TimerViewSet
from kpis.api import KpiViewSet
from kpis.import_api import ImportViewSet
from kpis.initiative_api import InitiativeKpiViewSet
from reviews.api import WeeklyUpdateViewSet
from tenants.api.docs import schema, try_out
from tenants.api.guide import docs
from tenants.api.problems import unknown_path
from tenants.api.resources import (
    ApiKeyViewSet,
    AuditEventViewSet,
    HolidayViewSet,
    MemberViewSet,
    TenantRowViewSet,
)
from tenants.files.api import StoredFileViewSet
from tenants.notifications.api import NotificationViewSet

router = SimpleRouter()
router.register("api-keys", ApiKeyViewSet, "api-key")
router.register("audit-events", AuditEventViewSet, "audit-event")
router.register("approval-policies", ApprovalPolicyViewSet, "approval-policy")
router.register("budgets", BudgetViewSet, "budget")
router.register("delegations", DelegationViewSet, "delegation")
router.register("exchange-rates", ExchangeRateViewSet, "exchange-rate")
router.register("spend-requests", SpendRequestViewSet, "spend-request")
router.register("charters", CharterViewSet, "charter")
router.register("communication-tools", CommunicationToolViewSet, "communication-tool")
router.register("coverage", CoverageViewSet, "coverage")
router.register("engagements", EngagementViewSet, "engagement")
router.register("engagements", EngagementValueViewSet, "engagement-value")
router.register("full-time-costs", FullTimeCostViewSet, "full-time-cost")
router.register("growth-signals", GrowthSignalViewSet, "growth-signal")
router.register("impact-weights", ImpactWeightsViewSet, "impact-weights")
router.register("holidays", HolidayViewSet, "holiday")
router.register("imports", ImportViewSet, "import")
router.register("initiative-kpis", InitiativeKpiViewSet, "initiative-kpi")
router.register("initiatives", InitiativeViewSet, "initiative")
router.register("kpis", KpiViewSet, "kpi")
router.register("members", MemberViewSet, "member")
router.register("files", StoredFileViewSet, "file")
router.register("notifications", NotificationViewSet, "notification")
router.register("milestones", MilestoneViewSet, "milestone")
router.register("prioritisations", PrioritisationViewSet, "prioritisation")
router.register("savings", SavingViewSet, "saving")
router.register("integration-activities", IntegrationActivityViewSet, "integration-activity")
router.register("stakeholders", StakeholderViewSet, "stakeholder")
router.register("time-entries", TimeEntryViewSet, "time-entry")
router.register("timers", TimerViewSet, "timer")
router.register("waiting", WaitingViewSet, "waiting")
router.register("weekly-updates", WeeklyUpdateViewSet, "weekly-update")

_tenant = TenantRowViewSet.as_view({"get": "retrieve", "patch": "partial_update"})
_logo = TenantRowViewSet.as_view({"post": "logo", "delete": "remove_logo"})
_archive = TenantRowViewSet.as_view({"post": "archive"})
_restore = TenantRowViewSet.as_view({"post": "restore"})
_setup = SetupViewSet.as_view({"get": "retrieve", "patch": "dismiss"})
_setup_skip = SetupViewSet.as_view({"post": "skip"})
_setup_resume = SetupViewSet.as_view({"post": "resume"})
_setup_figures = SetupViewSet.as_view({"post": "figures"})
urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", schema, name="api_schema"),
    path("docs/", docs, name="api_docs"),
    path("docs/try/", try_out, name="api_try"),
    path("tenant/", _tenant, name="tenant"),
    path("tenant/logo/", _logo, name="tenant_logo"),
    path(
        "tenant/logo/restore/",
        TenantRowViewSet.as_view({"post": "restore_logo"}),
        name="tenant_logo_restore",
    ),
    path("tenant/archive/", _archive, name="tenant_archive"),
    path("tenant/restore/", _restore, name="tenant_restore"),
    path("setup/", _setup, name="setup"),
    path("setup/figures/", _setup_figures, name="setup_figures"),
    path("setup/<key>/skip/", _setup_skip, name="setup_skip"),
    path("setup/<key>/resume/", _setup_resume, name="setup_resume"),
    *router.urls,
    re_path(r"^(?P<path>.*)$", unknown_path, name="api_unknown_path"),
]
