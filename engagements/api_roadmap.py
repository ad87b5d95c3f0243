"""Initiatives with their milestones, the weights, and the sessions that weigh them again."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import IntegerField, QuerySet, Value
from django_filters.rest_framework import (
    CharFilter,
    ChoiceFilter,
    DateFilter,
    FilterSet,
    UUIDFilter,
)

from engagements import services
from engagements.impact import DIMENSIONS, LEVELS
from engagements.models import ImpactWeights, Initiative, Milestone, Prioritisation
from engagements.roadmap import weights_on
from engagements.serializers_roadmap import (
    ImpactWeightsSerializer,
    InitiativeSerializer,
    MilestoneSerializer,
    NewPrioritisationSerializer,
    PrioritisationSerializer,
)
from engagements.services.priorities import Proposal
from tenants.api.filters import BooleanFilter
from tenants.api.viewsets import Created, Deleted, Listed, Retrieved, TenantViewSet, Updated
from tenants.errors import Invalid


class InitiativeFilter(FilterSet):
    impact = ChoiceFilter(field_name="level", choices=[(level, level) for level in LEVELS])
    horizon = ChoiceFilter(choices=Initiative.Horizon.choices)
    status = ChoiceFilter(choices=Initiative.Status.choices)
    owner = UUIDFilter(field_name="owner_id")
    due_before = DateFilter(field_name="due_on", lookup_expr="lt")
    q = CharFilter(method="with_words", max_length=120)

    class Meta:
        model = Initiative
        fields: ClassVar[list[str]] = []

    def with_words(self, rows: Any, name: str, value: str) -> Any:
        return rows.matching(value)


class InitiativeViewSet(Listed, Retrieved, Created, Updated, TenantViewSet):
    """The roadmap. Four scores from 1 to 5 make the impact `high | medium | low`."""

    model = Initiative
    serializer_class = InitiativeSerializer
    filterset_class = InitiativeFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "initiative.view",
        "retrieve": "initiative.view",
        "create": "initiative.manage",
        "partial_update": "initiative.progress",
    }

    @cached_property
    def weights(self) -> Any:
        return weights_on(self.request.tenant.today)  # type: ignore[attr-defined]

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if not getattr(self, "swagger_fake_view", False):
            context["weights"] = self.weights
        return context

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        rows = rows.rated(self.weights).prefetch_related("milestones")
        if self.actor.can("time.view"):
            return rows.with_minutes()
        return rows.annotate(logged_minutes=Value(None, output_field=IntegerField()))

    def perform_create(self, data: dict[str, Any]) -> Initiative:
        return services.initiative_create(actor=self.actor, **data)

    def perform_update(self, row: Initiative, changes: dict[str, Any]) -> Initiative:
        return services.initiative_update(initiative=row, actor=self.actor, changes=changes)


class MilestoneFilter(FilterSet):
    initiative = UUIDFilter(field_name="initiative_id")
    done = BooleanFilter(field_name="done_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Milestone
        fields: ClassVar[list[str]] = []


class MilestoneViewSet(Listed, Retrieved, Created, Updated, Deleted, TenantViewSet):
    """Steps of initiatives; `done` sets and takes back that one was reached."""

    model = Milestone
    serializer_class = MilestoneSerializer
    filterset_class = MilestoneFilter
    permissions: ClassVar[dict[str, str]] = {
        "list": "initiative.view",
        "retrieve": "initiative.view",
        "create": "initiative.progress",
        "partial_update": "initiative.progress",
        "destroy": "initiative.progress",
    }

    def perform_create(self, data: dict[str, Any]) -> Milestone:
        done = data.pop("is_done", False)
        milestone = services.milestone_add(actor=self.actor, **data)
        if done:
            return services.milestone_update(
                milestone=milestone, actor=self.actor, changes={"done": True}
            )
        return milestone

    def perform_update(self, row: Milestone, changes: dict[str, Any]) -> Milestone:
        if "initiative" in changes and changes.pop("initiative").pk != row.initiative_id:
            raise Invalid({"initiative": "This stays as it is. Delete it and add it anew."})
        if "is_done" in changes:
            changes["done"] = changes.pop("is_done")
        return services.milestone_update(milestone=row, actor=self.actor, changes=changes)

    def perform_destroy(self, row: Milestone) -> None:
        services.milestone_delete(milestone=row, actor=self.actor)


class ImpactWeightsViewSet(Listed, Retrieved, Created, TenantViewSet):
    """Dated versions of how the scores count, the one recorded last first. None: 40/20/20/20%,
    high from 3.7, medium from 2.5."""

    model = ImpactWeights
    serializer_class = ImpactWeightsSerializer
    permissions: ClassVar[dict[str, str]] = {
        "list": "initiative.view",
        "retrieve": "initiative.view",
        "create": "initiative.weigh",
    }

    def perform_create(self, data: dict[str, Any]) -> ImpactWeights:
        return services.weights_set(actor=self.actor, **data)


class PrioritisationViewSet(Listed, Retrieved, Created, TenantViewSet):
    """Sessions in which all open initiatives were weighed together, with the ranking before and
    after. A change of scores needs its reason."""

    model = Prioritisation
    serializer_class = PrioritisationSerializer
    input_serializer_class = NewPrioritisationSerializer
    permissions: ClassVar[dict[str, str]] = {
        "list": "initiative.view",
        "retrieve": "initiative.view",
        "create": "initiative.manage",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().prefetch_related("rankings")

    def perform_create(self, data: dict[str, Any]) -> Prioritisation:
        proposals = {
            row["initiative"]: Proposal(
                scores={name: row[name] for name in DIMENSIONS if name in row},
                reason=row["reason"],
            )
            for row in data["scores"]
        }
        return services.prioritisation_record(
            actor=self.actor, proposals=proposals, note=data["note"]
        )
