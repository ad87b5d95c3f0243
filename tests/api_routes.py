"""Every route of the API and which roles it lets in. A route that is not here fails the suite.

Letters: Admin, Executive, Cto, Finance, Board, Team, Observer; a dot is 403. For everybody: without
a key, and with the key of a former member, 401; with a service key without the scope 403; with
another company's key 404 where the path names a row; a foreign id anywhere answers as a random one.
"""

from collections.abc import Callable
from typing import Any

from kpis.models import Kpi
from reviews.weeks import week_start_of
from tenants.isolation import tenant
from tenants.models import AuditEvent, Notification
from tenants.notifications.services import notify
from tenants.services import api_key_create
from tests.engagements.builders import log, make_engagement
from tests.factories import BOWLINE, Company
from tests.kpis.factories import make_kpi, upload
from tests.reviews.builders import sent

ROLE_LETTERS = "AECFBTO"

TABLE = """
GET     /tenant/                            AECFBTO
PATCH   /tenant/                            A......
GET     /members/                           AECFBTO
POST    /members/                           A......
GET     /members/<pk>/                      AECFBTO
PATCH   /members/<pk>/                      A......
DELETE  /members/<pk>/                      A......
GET     /api-keys/                          AECFBTO
POST    /api-keys/                          AECFBTO
GET     /api-keys/<pk>/                     A..F...   404 where it is not one's own
DELETE  /api-keys/<pk>/                     A..F...   404 where it is not one's own
GET     /audit-events/                      AE....O
GET     /audit-events/<pk>/                 AE....O
GET     /engagements/                       AECFBTO
POST    /engagements/                       AE.....
GET     /engagements/<pk>/                  AECFBTO
PATCH   /engagements/<pk>/                  AE.....
GET     /engagements/<pk>/terms/            AECFB.O
POST    /engagements/<pk>/terms/            AE.....
GET     /engagements/<pk>/retainer/         AECFB.O
GET     /imports/                           AECFBTO
POST    /imports/                           A.C....
GET     /imports/<pk>/                      AECFBTO
POST    /imports/<pk>/start/                A.C....
POST    /imports/<pk>/cancel/               A.C....
GET     /kpis/                              AECFBTO
POST    /kpis/                              A.C....
GET     /kpis/<pk>/                         AECFBTO
PATCH   /kpis/<pk>/                         A.C....
GET     /kpis/<pk>/targets/                 AECFBTO
POST    /kpis/<pk>/targets/                 AEC....
GET     /kpis/<pk>/measurements/            AECFBTO
POST    /kpis/<pk>/measurements/            A.C..T.
GET     /kpis/<pk>/measurements/<measurement_id>/   AECFBTO
DELETE  /kpis/<pk>/measurements/<measurement_id>/   A.C..T.
GET     /kpis/<pk>/rollups/                 AECFBTO
GET     /notifications/                     AECFBTO
GET     /notifications/<pk>/                A......   404 where it is not one's own
PATCH   /notifications/<pk>/                A......   404 where it is not one's own
POST    /notifications/read-all/            AECFBTO
GET     /notifications/preferences/         AECFBTO
PATCH   /notifications/preferences/         AECFBTO
GET     /time-entries/                      AECFB.O
POST    /time-entries/                      ..C....
GET     /time-entries/<pk>/                 AECFB.O
PATCH   /time-entries/<pk>/                 ..C....
DELETE  /time-entries/<pk>/                 ..C....
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


def _engagement(company: Company) -> Any:
    return make_engagement(company).pk


def _notification(company: Company) -> Any:
    notify(to=[company.admin], kind="job.failed", title="For the admin")
    return Notification.objects.values_list("pk", flat=True)[0]


def _time_entry(company: Company) -> Any:
    return log(make_engagement(company), company, company.tenant.today, 1).pk


def _kpi(company: Company) -> Any:
    return make_kpi().pk


def _import(company: Company) -> Any:
    kpi = Kpi.objects.get(key="response_time")
    return upload(kpi, "time,ms\n2026-10-05T09:00:00Z,1\n").pk


def _weekly_update(company: Company) -> Any:
    start = week_start_of(company.tenant, company.tenant.today)
    return sent(make_engagement(company), company, start).pk


# first word of the path: a row of the company (made inside its tenant) for <pk>
ROWS: dict[str, Callable[[Company], Any]] = {
    "members": lambda company: company.board.pk,
    "api-keys": _api_key,
    "audit-events": _audit_event,
    "engagements": _engagement,
    "imports": _import,
    "kpis": _kpi,
    "notifications": _notification,
    "time-entries": _time_entry,
    "weekly-updates": _weekly_update,
}


def row_of(company: Company, path: str) -> Any:
    """The id of a row of this company for the path's <pk>."""
    with tenant(company.id):
        return ROWS[path.split("/")[1]](company)
