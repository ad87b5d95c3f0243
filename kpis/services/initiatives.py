"""Linking key figures to initiatives."""

from django.db import transaction

from engagements import policies_roadmap
from engagements.models import Initiative
from engagements.services.initiatives import initiative_for_change
from kpis.models import InitiativeKpi, Kpi
from tenants import audit
from tenants.audit import Actor
from tenants.errors import NotFound


@transaction.atomic
def initiative_kpi_link(*, initiative: Initiative, kpi: Kpi, actor: Actor) -> InitiativeKpi:
    """Say that an initiative is to move a figure; harmless when repeated.

    Raises Denied, and WrongState once the initiative is done.
    """
    initiative = initiative_for_change(initiative.pk)
    policies_roadmap.check_can_change_initiative(actor=actor, initiative=initiative)
    found: InitiativeKpi | None = InitiativeKpi.objects.filter(
        initiative=initiative, kpi=kpi
    ).first()
    if found is not None:
        return found
    link = InitiativeKpi(initiative=initiative, kpi=kpi)
    link.save(force_insert=True)
    audit.record(
        actor=actor, verb="initiative.kpi_linked", target=initiative, changes={"kpi": kpi.name}
    )
    return link


@transaction.atomic
def initiative_kpi_unlink(*, link: InitiativeKpi, actor: Actor) -> None:
    """Take the link away; raises Denied, NotFound, WrongState once the initiative is done."""
    initiative = initiative_for_change(link.initiative_id)
    policies_roadmap.check_can_change_initiative(actor=actor, initiative=initiative)
    found = (
        InitiativeKpi.objects.select_for_update(of=("self",))
        .select_related("kpi")
        .filter(pk=link.pk)
        .first()
    )
    if found is None:
        raise NotFound("This link is no longer there.")
    audit.record(
        actor=actor,
        verb="initiative.kpi_unlinked",
        target=initiative,
        changes={"kpi": found.kpi.name},
    )
    found.delete()
