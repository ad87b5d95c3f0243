"""Key figures linked to initiatives: service, page, API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from engagements import services
from engagements.models import Initiative
from kpis.models import InitiativeKpi, Kpi
from kpis.services.initiatives import initiative_kpi_link, initiative_kpi_unlink
from tenants.errors import Denied, WrongState
from tenants.isolation import tenant, uuid7
from tenants.models import AuditEvent
from tests.api_client import ApiClient
from tests.engagements.roadmap_builders import make_initiative
from tests.factories import Company

SignIn = Callable[[Any], Client]
Api = Callable[[Any], ApiClient]


def uptime() -> Kpi:
    found: Kpi = Kpi.objects.get(key="uptime")
    return found


def test_link_is_made_once_and_taken_away(inside: Company) -> None:
    made = make_initiative(inside)
    first = initiative_kpi_link(initiative=made, kpi=uptime(), actor=inside.cto)
    assert initiative_kpi_link(initiative=made, kpi=uptime(), actor=inside.cto) == first
    with pytest.raises(Denied):
        initiative_kpi_unlink(link=first, actor=inside.team)
    initiative_kpi_unlink(link=first, actor=inside.cto)
    assert not InitiativeKpi.objects.exists()
    verbs = AuditEvent.objects.filter(verb__contains="kpi_").order_by("id")
    assert list(verbs.values_list("verb", flat=True)) == [
        "initiative.kpi_linked",
        "initiative.kpi_unlinked",
    ]
    done = make_initiative(inside, title="Over", status="done")
    with pytest.raises(WrongState):
        initiative_kpi_link(initiative=done, kpi=uptime(), actor=inside.cto)


def test_page_links_and_takes_off(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        made: Initiative = make_initiative(company)
        kpi = uptime()
    address = f"/t/{company.slug}/kpis/-/initiatives/{made.pk}/"
    client = sign_in(company.cto)
    assert client.post(address, {"kpi": str(kpi.pk)}).status_code == 303
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith("<section")
    assert f"/kpis/{kpi.key}/" in fragment
    assert kpi.name in client.get(address).content.decode()
    assert client.post(address, {"kpi": "nothing"}).status_code == 422
    with tenant(company.id):
        link = InitiativeKpi.objects.get()
    assert sign_in(company.team).post(address, {"unlink": str(link.pk)}).status_code == 403
    assert client.post(address, {"unlink": str(link.pk)}).status_code == 303
    assert client.post(address, {"unlink": str(link.pk)}).status_code == 404
    assert client.get(address.replace(str(made.pk), str(uuid7()))).status_code == 404


def test_api_links_within_the_company_alone(
    company: Company, other_company: Company, api: Api
) -> None:
    with tenant(company.id):
        made = make_initiative(company)
        kpi = uptime()
    with tenant(other_company.id):
        foreign = uptime()
    cto = api(company.cto)
    answers = [
        cto.post("/initiative-kpis/", {"initiative": str(made.pk), "kpi": str(pk)})
        for pk in (foreign.pk, uuid7())
    ]
    assert answers[0].status_code == 422
    assert answers[0].json() == answers[1].json()
    done = cto.post("/initiative-kpis/", {"initiative": str(made.pk), "kpi": str(kpi.pk)})
    assert done.status_code == 201
    found = cto.get(f"/initiative-kpis/?initiative={made.pk}").json()["results"]
    assert [row["kpi"] for row in found] == [str(kpi.pk)]
    assert cto.delete(f"/initiative-kpis/{done.json()['id']}/").status_code == 204


def test_initiatives_page_loads_the_fragment(company: Company, sign_in: SignIn) -> None:
    with tenant(company.id):
        made = make_initiative(company)
        services.milestone_add(initiative=made, actor=company.cto, title="Step")
    page = sign_in(company.team).get(f"/t/{company.slug}/initiatives/{made.pk}/")
    address = f"/t/{company.slug}/kpis/-/initiatives/{made.pk}/"
    assert f'hx-get="{address}"' in page.content.decode()
