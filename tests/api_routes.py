"""Every route of the API and which roles it lets in. A route that is not here fails the suite.

Letters: Admin, Executive, Cto, Finance, Board, Team, Observer; a dot is 403. For everybody: without
a key, and with the key of a former member, 401; with a service key without the scope 403; with
another company's key 404 where the path names a row; a foreign id anywhere answers as a random one.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from decisions.models import ApprovalPolicy
from decisions.services.delegations import delegation_create
from decisions.services.rates import rate_record
from engagements.models import CommunicationTool, Engagement, IntegrationActivity
from engagements.services import (
    full_time_cost_set,
    handover_build,
    handover_continue,
    milestone_add,
    prioritisation_record,
    signal_enter,
    stakeholder_add,
    timer_start,
)
from kpis.models import Kpi
from kpis.services.initiatives import initiative_kpi_link
from reviews.weeks import week_start_of
from tenants.files.services import attach
from tenants.isolation import tenant
from tenants.models import AuditEvent, Holiday, Notification
from tenants.notifications.services import notify
from tenants.services import api_key_create
from tests.decisions.builders import line as budget_line
from tests.decisions.builders import sent as spend_sent
from tests.engagements.boundary_builders import away, draft
from tests.engagements.builders import log, make_engagement
from tests.engagements.roadmap_builders import make_initiative, make_weights
from tests.engagements.value_builders import make_saving
from tests.factories import BOWLINE, Company
from tests.kpis.factories import make_kpi, upload
from tests.reviews.builders import sent

ROLE_LETTERS = "AECFBTO"

TABLE = """
GET     /tenant/                            AECFBTO
PATCH   /tenant/                            A......
POST    /tenant/logo/                       A......
DELETE  /tenant/logo/                       A......
POST    /tenant/logo/restore/               A......
POST    /tenant/archive/                    A......
POST    /tenant/restore/                    A......
GET     /setup/                             AECFBTO
PATCH   /setup/                             A......
POST    /setup/figures/                     A.C....
POST    /setup/<key>/skip/                  AECFBTO   narrowed by the step
POST    /setup/<key>/resume/                AECFBTO   narrowed by the step
GET     /holidays/                          AECFBTO
POST    /holidays/                          A......
GET     /holidays/<pk>/                     AECFBTO
PATCH   /holidays/<pk>/                     A......
DELETE  /holidays/<pk>/                     A......
GET     /members/                           AECFBTO
POST    /members/                           A......
GET     /members/<pk>/                      AECFBTO
PATCH   /members/<pk>/                      A......
DELETE  /members/<pk>/                      A......
POST    /members/<pk>/resend/               A......
POST    /members/<pk>/revoke/               A......
GET     /members/me/                        AECFBTO
DELETE  /members/me/                        AECFBTO
GET     /api-keys/                          AECFBTO
POST    /api-keys/                          AECFBTO
GET     /api-keys/<pk>/                     A..F...   404 where it is not one's own
DELETE  /api-keys/<pk>/                     A..F...   404 where it is not one's own
GET     /audit-events/                      AE....O
GET     /audit-events/<pk>/                 AE....O
GET     /charters/                          AECFBTO
POST    /charters/                          AEC....
GET     /charters/<pk>/                     AECFBTO
PATCH   /charters/<pk>/                     AEC....
DELETE  /charters/<pk>/                     AEC....
POST    /charters/<pk>/publish/             AE.....
POST    /charters/<pk>/acknowledge/         AECFBT.
GET     /charters/<pk>/acknowledgements/    AECFBTO
POST    /charters/<pk>/review/              AEC....
POST    /charters/<pk>/remind/              AEC....
GET     /charters/<pk>/diff/                AECFBTO
GET     /communication-tools/               AECFBTO
POST    /communication-tools/               AEC....
GET     /communication-tools/<pk>/          AECFBTO
PATCH   /communication-tools/<pk>/          AEC....
DELETE  /communication-tools/<pk>/          AEC....
GET     /coverage/                          AECFBTO
POST    /coverage/                          AECFBT.
GET     /coverage/<pk>/                     AECFBTO
PATCH   /coverage/<pk>/                     AEC....   one's own, or an admin's or executive's
DELETE  /coverage/<pk>/                     AEC....   one's own, or an admin's or executive's
GET     /engagements/                       AECFBTO
POST    /engagements/                       AE.....
GET     /engagements/<pk>/                  AECFBTO
PATCH   /engagements/<pk>/                  AE.....
GET     /engagements/<pk>/terms/            AECFB.O
POST    /engagements/<pk>/terms/            AE.....
GET     /engagements/<pk>/retainer/         AECFB.O
GET     /approval-policies/                 AECFBTO
POST    /approval-policies/                 A......
GET     /approval-policies/<pk>/            AECFBTO
GET     /approval-policies/current/         AECFBTO
GET     /approval-policies/simulate/        AECFBTO
GET     /budgets/                           AECFBTO
POST    /budgets/                           A..F...
GET     /budgets/<pk>/                      AECFBTO
PATCH   /budgets/<pk>/                      A..F...
GET     /delegations/                       AECFBTO
POST    /delegations/                       AECFBT.
GET     /delegations/<pk>/                  AECFBTO
DELETE  /delegations/<pk>/                  A.C....   the delegator's own
GET     /exchange-rates/                    AECFBTO
POST    /exchange-rates/                    A..F...
GET     /exchange-rates/<pk>/               AECFBTO
POST    /exchange-rates/import/             A..F...
GET     /engagements/<pk>/files/            AECFBTO
POST    /engagements/<pk>/files/            AEC....
GET     /engagements/<pk>/handover/         AEC....
POST    /engagements/<pk>/handover/         AEC....
GET     /engagements/<pk>/handover/download/   AEC....
GET     /files/<pk>/                        AECFBTO
GET     /files/<pk>/content/                AECFBTO
DELETE  /files/<pk>/                        AEC....
GET     /engagements/<pk>/charter/          AECFBTO
POST    /engagements/<pk>/integration-plan/ AEC....
GET     /engagements/<pk>/proposals/        AECFB.O
POST    /engagements/<pk>/proposals/        AEC....
GET     /engagements/<pk>/proposals/<proposal_id>/            AECFB.O
POST    /engagements/<pk>/proposals/<proposal_id>/accept/     AEC....
POST    /engagements/<pk>/proposals/<proposal_id>/decline/    AEC....
POST    /engagements/<pk>/proposals/<proposal_id>/withdraw/   AEC....
GET     /engagements/<pk>/status-changes/   AECFBTO
POST    /engagements/<pk>/notice/           AEC....
POST    /engagements/<pk>/notice/withdraw/  AEC....
GET     /engagements/<pk>/overage-approvals/    AECFB.O
POST    /engagements/<pk>/overage-approvals/    AE.....
POST    /engagements/<pk>/overage-approvals/request/    ..C....
POST    /engagements/<pk>/overage-approvals/<approval_id>/approve/    AE.....
POST    /engagements/<pk>/overage-approvals/<approval_id>/decline/    AE.....
POST    /engagements/<pk>/overage-approvals/<approval_id>/withdraw/   ..C....
POST    /engagements/<pk>/overage-approvals/<approval_id>/revoke/     AE.....
GET     /engagements/<pk>/week-locks/       AECFB.O
POST    /engagements/<pk>/week-locks/unlock/    A......
POST    /engagements/<pk>/week-locks/lock/      A.C....
GET     /engagements/<pk>/statement/        AECFB.O
POST    /engagements/<pk>/statement/        AEC....
GET     /imports/                           AECFBTO
POST    /imports/                           A.C....
GET     /imports/<pk>/                      AECFBTO
POST    /imports/<pk>/start/                A.C....
POST    /imports/<pk>/cancel/               A.C....
GET     /engagements/<pk>/scope-suggestion/ AECFB.O
POST    /engagements/<pk>/scope-suggestion/dismiss/  AE.....
GET     /engagements/<pk>/cost-comparison/  AECFB.O
GET     /full-time-costs/                   AECFB.O
POST    /full-time-costs/                   AE.....
GET     /full-time-costs/<pk>/              AECFB.O
GET     /growth-signals/                    AECFB.O
POST    /growth-signals/                    AECF...
GET     /growth-signals/<pk>/               AECFB.O
GET     /savings/                           AECFB.O
POST    /savings/                           AECF...
GET     /savings/<pk>/                      AECFB.O
POST    /savings/<pk>/verify/               .E.F...
GET     /impact-weights/                    AECFBTO
POST    /impact-weights/                    AE.....
GET     /impact-weights/<pk>/               AECFBTO
GET     /initiative-kpis/                   AECFBTO
POST    /initiative-kpis/                   AEC....
GET     /initiative-kpis/<pk>/              AECFBTO
DELETE  /initiative-kpis/<pk>/              AEC....
GET     /initiatives/                       AECFBTO
POST    /initiatives/                       AEC....
GET     /initiatives/<pk>/                  AECFBTO
PATCH   /initiatives/<pk>/                  AEC..T.
GET     /milestones/                        AECFBTO
POST    /milestones/                        AEC..T.
GET     /milestones/<pk>/                   AECFBTO
PATCH   /milestones/<pk>/                   AEC..T.
DELETE  /milestones/<pk>/                   AEC..T.
GET     /prioritisations/                   AECFBTO
POST    /prioritisations/                   AEC....
GET     /prioritisations/<pk>/              AECFBTO
GET     /integration-activities/            AECFBTO
POST    /integration-activities/            AEC....
GET     /integration-activities/<pk>/       AECFBTO
PATCH   /integration-activities/<pk>/       AEC....
DELETE  /integration-activities/<pk>/       AEC....
GET     /kpis/                              AECFBTO
POST    /kpis/                              A.C....
GET     /kpis/<pk>/                         AECFBTO
PATCH   /kpis/<pk>/                         A.C....
GET     /kpis/<pk>/targets/                 AECFBTO
POST    /kpis/<pk>/targets/                 AEC....
GET     /kpis/<pk>/status-overrides/        AECFBTO
POST    /kpis/<pk>/status-overrides/        AEC....
GET     /kpis/<pk>/measurements/            AECFBTO
POST    /kpis/<pk>/measurements/            A.C..T.
GET     /kpis/<pk>/measurements/<measurement_id>/   AECFBTO
PATCH   /kpis/<pk>/measurements/<measurement_id>/   A.C..T.
DELETE  /kpis/<pk>/measurements/<measurement_id>/   A.C..T.
GET     /kpis/<pk>/rollups/                 AECFBTO
GET     /notifications/                     AECFBTO
GET     /notifications/<pk>/                A......   404 where it is not one's own
PATCH   /notifications/<pk>/                A......   404 where it is not one's own
POST    /notifications/read-all/            AECFBTO
GET     /notifications/preferences/         AECFBTO
PATCH   /notifications/preferences/         AECFBTO
GET     /spend-requests/                    AECFBTO
POST    /spend-requests/                    AECFBT.
GET     /spend-requests/<pk>/               AECFBTO
PATCH   /spend-requests/<pk>/               .....T.   the requester's own
POST    /spend-requests/<pk>/submit/        .....T.   the requester's own
POST    /spend-requests/<pk>/amend/         .....T.   the requester's own
POST    /spend-requests/<pk>/withdraw/      ...F.T.   the requester's own, and finance
POST    /spend-requests/<pk>/comment/       AECFBT.
POST    /spend-requests/<pk>/approve/       ..C....   who is asked
POST    /spend-requests/<pk>/reject/        ..C....   who is asked
POST    /spend-requests/<pk>/request-changes/   ..C....   who is asked
POST    /spend-requests/<pk>/vote/          ..C....   who is asked
POST    /spend-requests/<pk>/extend/        A.CF...   who is asked, finance, admins
POST    /spend-requests/<pk>/bypass/        .E.....
POST    /spend-requests/<pk>/ratify/        ...FB..
POST    /spend-requests/<pk>/budget-exception/  ...F...
POST    /spend-requests/<pk>/order/         AECF.T.
POST    /spend-requests/<pk>/close/         AECF.T.
POST    /spend-requests/<pk>/benefit/       AECF.T.
POST    /spend-requests/<pk>/benefit-review/    AECF.T.
GET     /spend-requests/<pk>/invoices/      AECFBTO
POST    /spend-requests/<pk>/invoices/      A..F...
GET     /spend-requests/<pk>/trail/         AECFBTO
GET     /spend-requests/<pk>/benefit/       AECFBTO
GET     /spend-requests/<pk>/files/         AECFBTO
POST    /spend-requests/<pk>/files/         AECFBT.   of those, the requester
GET     /stakeholders/                      AECFB.O
POST    /stakeholders/                      .EC....
GET     /stakeholders/<pk>/                 AECFB.O
PATCH   /stakeholders/<pk>/                 .EC....
DELETE  /stakeholders/<pk>/                 .EC....
GET     /time-entries/                      AECFB.O
POST    /time-entries/                      ..C....
GET     /time-entries/<pk>/                 AECFB.O
PATCH   /time-entries/<pk>/                 ..C....
DELETE  /time-entries/<pk>/                 ..C....
POST    /time-entries/quick/                ..C....
POST    /time-entries/copy-week/            ..C....
POST    /time-entries/<pk>/restore/         ..C....
GET     /timers/                            ..C....
POST    /timers/                            ..C....
GET     /timers/<pk>/                       ..C....
PATCH   /timers/<pk>/                       ..C....
DELETE  /timers/<pk>/                       ..C....
POST    /timers/<pk>/stop/                  ..C....
GET     /waiting/                           AECFBTO
GET     /weekly-updates/                    AECFBTO
POST    /weekly-updates/                    ..C....
GET     /weekly-updates/<pk>/               AECFBTO
PATCH   /weekly-updates/<pk>/               ..C....
POST    /weekly-updates/<pk>/submit/        ..C....
POST    /weekly-updates/<pk>/acknowledge/   AE.....
GET     /weekly-updates/<pk>/comments/      AECFBTO
POST    /weekly-updates/<pk>/comments/      AECFBT.
"""

PUBLIC = {
    "/schema/": "the description of the API",
    "/docs/": "its page",
    "/docs/try/": "the same to try, with Swagger UI",
    "/<path>": "404 for any other address",
}

# Where a role without a letter is answered otherwise than by 403.
HIDDEN_FROM_OTHERS = {"/api-keys/<pk>/": 404, "/notifications/<pk>/": 404}


def _api_key(company: Company) -> Any:
    return api_key_create(actor=BOWLINE, name="of the finance head", member=company.finance)[0].pk


def _audit_event(company: Company) -> Any:
    return AuditEvent.objects.values_list("pk", flat=True)[0]


def _holiday(company: Company) -> Any:
    return Holiday.objects.create(date=dt.date(2026, 12, 24), name="Day of the team").pk


def _engagement(company: Company) -> Any:
    return make_engagement(company).pk


def _notification(company: Company) -> Any:
    notify(to=[company.admin], kind="job.failed", title="For the admin")
    return Notification.objects.values_list("pk", flat=True)[0]


def _ready_pack(engagement_id: Any, company: Company) -> None:
    engagement = Engagement.objects.get(pk=engagement_id)
    pack = handover_build(engagement=engagement, actor=company.cto)
    while handover_continue(pack_id=pack.pk)[0]:
        pass


def _file(company: Company) -> Any:
    engagement = make_engagement(company)
    notes = SimpleUploadedFile("notes.txt", b"What was said")
    return attach(target=engagement, upload=notes, actor=company.cto).pk


def _time_entry(company: Company) -> Any:
    return log(make_engagement(company), company, company.tenant.today, 1).pk


def _policy(company: Company) -> Any:
    return ApprovalPolicy.objects.values_list("pk", flat=True)[0]


def _delegation(company: Company) -> Any:
    now = timezone.now()
    return delegation_create(
        actor=company.cto,
        delegator=company.cto,
        delegate=company.executive,
        starts_at=now + dt.timedelta(days=1),
        ends_at=now + dt.timedelta(days=2),
    ).pk


def _rate(company: Company) -> Any:
    return rate_record(
        actor=BOWLINE, currency="CHF", on=company.tenant.today, rate=Decimal("1.25")
    ).pk


def _charter(company: Company) -> Any:
    return draft(make_engagement(company), company).pk


def _communication_tool(company: Company) -> Any:
    return CommunicationTool.objects.values_list("pk", flat=True)[0]


def _off_period(company: Company) -> Any:
    make_engagement(company)
    day = company.tenant.today
    return away(company, day, day).pk


def _integration_activity(company: Company) -> Any:
    engagement = make_engagement(company)
    return IntegrationActivity.objects.filter(engagement=engagement)[0].pk


def _stakeholder(company: Company) -> Any:
    return stakeholder_add(engagement=make_engagement(company), actor=BOWLINE, name="Ann Bell").pk


def _timer(company: Company) -> Any:
    return timer_start(engagement=make_engagement(company), actor=company.cto).pk


def _kpi(company: Company) -> Any:
    return make_kpi().pk


def _import(company: Company) -> Any:
    kpi = Kpi.objects.get(key="response_time")
    return upload(kpi, "time,ms\n2026-10-05T09:00:00Z,1\n").pk


def _impact_weights(company: Company) -> Any:
    return make_weights(company).pk


def _initiative_kpi(company: Company) -> Any:
    initiative = make_initiative(company)
    return initiative_kpi_link(
        initiative=initiative, kpi=Kpi.objects.get(key="uptime"), actor=company.cto
    ).pk


def _initiative(company: Company) -> Any:
    return make_initiative(company, owner=company.team).pk


def _full_time_cost(company: Company) -> Any:
    return full_time_cost_set(actor=company.admin, amount=Decimal(300000), source="Survey").pk


def _growth_signal(company: Company) -> Any:
    return signal_enter(
        actor=company.cto,
        kind="team_size",
        value=Decimal(10),
        source="Payroll",
        quarter=company.tenant.today,
    ).pk


def _saving(company: Company) -> Any:
    return make_saving(make_engagement(company), company).pk


def _milestone(company: Company) -> Any:
    initiative = make_initiative(company, owner=company.team)
    return milestone_add(initiative=initiative, actor=company.team, title="First customers").pk


def _prioritisation(company: Company) -> Any:
    make_initiative(company)
    return prioritisation_record(actor=company.executive, proposals={}).pk


def _weekly_update(company: Company) -> Any:
    start = week_start_of(company.tenant, company.tenant.today)
    return sent(make_engagement(company), company, start).pk


# first word of the path: a row of the company (made inside its tenant) for <pk>
ROWS: dict[str, Callable[[Company], Any]] = {
    "holidays": _holiday,
    "members": lambda company: company.board.pk,
    "api-keys": _api_key,
    "approval-policies": _policy,
    "audit-events": _audit_event,
    "budgets": lambda company: budget_line(company, name=f"Line {uuid.uuid4()}").pk,
    "delegations": _delegation,
    "charters": _charter,
    "communication-tools": _communication_tool,
    "coverage": _off_period,
    "engagements": _engagement,
    "exchange-rates": _rate,
    "full-time-costs": _full_time_cost,
    "growth-signals": _growth_signal,
    "savings": _saving,
    "impact-weights": _impact_weights,
    "files": _file,
    "imports": _import,
    "initiative-kpis": _initiative_kpi,
    "initiatives": _initiative,
    "kpis": _kpi,
    "notifications": _notification,
    "spend-requests": lambda company: spend_sent(company).pk,
    "milestones": _milestone,
    "prioritisations": _prioritisation,
    "integration-activities": _integration_activity,
    "stakeholders": _stakeholder,
    "time-entries": _time_entry,
    "timers": _timer,
    "weekly-updates": _weekly_update,
}


def row_of(company: Company, path: str) -> Any:
    """The id of a row of this company for the path's <pk>."""
    with tenant(company.id):
        pk = ROWS[path.split("/")[1]](company)
        if path.endswith("/handover/download/"):
            _ready_pack(pk, company)
        return pk
