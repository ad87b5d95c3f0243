"""Shapes of a handover pack and its completeness."""

from typing import Any, ClassVar

from rest_framework import serializers

from engagements.handover.registry import assess
from engagements.models import Engagement, HandoverPack
from tenants.api.serializers import TenantSerializer
from tenants.notifications.links import address

PACKS = 5


class HandoverPackSerializer(TenantSerializer):
    """A pack; `job_id` is the background job that builds it."""

    size = serializers.IntegerField(source="file.size", default=None, read_only=True)
    sha256 = serializers.CharField(source="file.sha256", default="", read_only=True)
    engagement = serializers.UUIDField(source="engagement_id", read_only=True)

    class Meta:
        model = HandoverPack
        fields: ClassVar[list[str]] = [
            "id",
            "engagement",
            "status",
            "score",
            "job_id",
            "size",
            "sha256",
            "requested_by_name",
            "created_at",
            "finished_at",
            "expires_at",
        ]
        read_only_fields = fields


class HandoverGapSerializer(serializers.Serializer):
    """What is missing, and the page where to see to it."""

    text = serializers.CharField()
    url = serializers.CharField(allow_blank=True)


class HandoverPartSerializer(serializers.Serializer):
    """How complete one part is."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    percent = serializers.IntegerField()
    gaps = HandoverGapSerializer(many=True)


class HandoverSerializer(serializers.Serializer):
    """The score from 0 to 100 with its parts, and the newest packs."""

    score = serializers.IntegerField()
    parts = HandoverPartSerializer(many=True)
    packs = HandoverPackSerializer(many=True)


def shown_handover(engagement: Engagement, slug: str) -> dict[str, Any]:
    """The completeness now, and the newest packs."""
    found = assess(engagement)
    packs = HandoverPack.objects.filter(engagement=engagement).select_related("file")[:PACKS]
    return {
        "score": found.score,
        "parts": [
            {
                "name": state.part.name,
                "label": state.part.label,
                "percent": state.percent,
                "gaps": [
                    {"text": gap.gap, "url": address(slug, gap.link) if gap.link else ""}
                    for gap in state.gaps
                ],
            }
            for state in found.states
        ],
        "packs": HandoverPackSerializer(packs, many=True).data,
    }
