"""The guided set-up over the API: what is done, what is left, and who can do it."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.services.definitions import kpis_choose
from tenants import setup
from tenants.api.fields import BooleanField, ChoiceField
from tenants.api.viewsets import TenantViewSet
from tenants.models import Tenant


class SetupStepSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    hint = serializers.CharField()
    why = serializers.CharField()
    minutes = serializers.IntegerField(help_text="How long it takes, roughly.")
    state = ChoiceField(choices=["open", "done", "not_needed"])
    essential = BooleanField(help_text="Without it a dashboard shows nothing.")
    may = BooleanField(help_text="Whether the caller can do it.")
    who = serializers.CharField(help_text="The roles that can.")
    url = serializers.CharField(help_text="The page where it is done.")


class SetupSerializer(serializers.Serializer[Any]):
    """The list that leads a new company to a dashboard that works, read from its rows."""

    finished = BooleanField()
    dismissed = BooleanField(help_text="Whether the dashboard shows itself instead.")
    steps_total = serializers.IntegerField()
    steps_settled = serializers.IntegerField(help_text="Done, or not needed.")
    minutes_left = serializers.IntegerField()
    next_step = serializers.CharField(allow_null=True, help_text="Its key; null when finished.")
    steps = SetupStepSerializer(many=True)


class DismissSerializer(serializers.Serializer[Any]):
    dismissed = BooleanField()


class FiguresSerializer(serializers.Serializer[Any]):
    figures = serializers.ListField(
        child=serializers.CharField(max_length=60),
        max_length=200,
        help_text="The keys of the figures to use; all others are switched off.",
    )


class SetupViewSet(TenantViewSet):
    """Steps are done by doing them; what is not needed can be said, and taken back."""

    model = Tenant
    serializer_class = SetupSerializer
    permissions: ClassVar[dict[str, str]] = {
        "retrieve": "dashboard.view",
        "dismiss": "tenant.manage",
        "skip": "dashboard.view",
        "resume": "dashboard.view",
        "figures": "kpi.manage",
    }

    @extend_schema(responses=SetupSerializer)
    def retrieve(self, request: Request) -> Response:
        """How far the company is."""
        return self._shown()

    @extend_schema(request=DismissSerializer, responses=SetupSerializer)
    def dismiss(self, request: Request) -> Response:
        """Leave the list for later, or show it on the dashboard again."""
        data = self.read_input(serializer_class=DismissSerializer)
        change = setup.setup_dismiss if data["dismissed"] else setup.setup_resume
        change(tenant=self.request.tenant, actor=self.actor)  # type: ignore[attr-defined]
        return self._shown()

    @extend_schema(request=None, responses=SetupSerializer)
    def skip(self, request: Request, key: str) -> Response:
        """The company does not need this step."""
        setup.step_skip(tenant=self.request.tenant, actor=self.actor, key=key)  # type: ignore[attr-defined]
        return self._shown()

    @extend_schema(request=None, responses=SetupSerializer)
    def resume(self, request: Request, key: str) -> Response:
        """The company needs this step after all."""
        setup.step_resume(tenant=self.request.tenant, actor=self.actor, key=key)  # type: ignore[attr-defined]
        return self._shown()

    @extend_schema(request=FiguresSerializer, responses=SetupSerializer)
    def figures(self, request: Request) -> Response:
        """Use exactly these figures of the catalogue."""
        data = self.read_input(serializer_class=FiguresSerializer)
        kpis_choose(actor=self.actor, keys=set(data["figures"]))
        return self._shown()

    def _shown(self) -> Response:
        company = Tenant.objects.get()
        found = setup.setup_of(tenant=company, actor=self.actor)
        following = found.following
        return Response(
            SetupSerializer(
                {
                    "finished": found.finished,
                    "dismissed": found.dismissed,
                    "steps_total": len(found.steps),
                    "steps_settled": found.settled,
                    "minutes_left": found.minutes_left,
                    "next_step": following.step.key if following else None,
                    "steps": [_step(state) for state in found.steps],
                }
            ).data
        )


def _step(state: setup.StepState) -> dict[str, Any]:
    step = state.step
    return {
        "key": step.key,
        "title": step.title,
        "hint": step.hint,
        "why": step.why,
        "minutes": step.minutes,
        "state": "done" if state.done else "not_needed" if state.skipped else "open",
        "essential": step.essential,
        "may": state.may,
        "who": step.who,
        "url": state.href,
    }
