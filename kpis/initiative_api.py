"""Links between initiatives and key figures."""

from typing import Any, ClassVar

from django_filters.rest_framework import FilterSet, UUIDFilter

from engagements.models import Initiative
from kpis.models import InitiativeKpi, Kpi
from kpis.services.initiatives import initiative_kpi_link, initiative_kpi_unlink
from tenants.api.fields import TenantRelatedField
from tenants.api.serializers import TenantSerializer
from tenants.api.viewsets import Created, Deleted, Listed, Retrieved, TenantViewSet


class InitiativeKpiSerializer(TenantSerializer):
    initiative = TenantRelatedField(Initiative)
    kpi = TenantRelatedField(Kpi)

    class Meta:
        model = InitiativeKpi
        fields = ["id", "initiative", "kpi", "created_at"]


class InitiativeKpiFilter(FilterSet):
    initiative = UUIDFilter(field_name="initiative_id")
    kpi = UUIDFilter(field_name="kpi_id")

    class Meta:
        model = InitiativeKpi
        fields: ClassVar[list[str]] = []


class InitiativeKpiViewSet(Listed, Retrieved, Created, Deleted, TenantViewSet):
    """Which key figures an initiative is to move."""

    model = InitiativeKpi
    serializer_class = InitiativeKpiSerializer
    filterset_class = InitiativeKpiFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "initiative.view",
        "retrieve": "initiative.view",
        "create": "initiative.manage",
        "destroy": "initiative.manage",
    }

    def perform_create(self, data: dict[str, Any]) -> InitiativeKpi:
        return initiative_kpi_link(actor=self.actor, **data)

    def perform_destroy(self, row: InitiativeKpi) -> None:
        initiative_kpi_unlink(link=row, actor=self.actor)
