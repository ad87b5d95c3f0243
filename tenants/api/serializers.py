"""The base of every serializer: the API's types for a model's fields, no writing of its own."""

from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers

from tenants.api.fields import BooleanField, ChoiceField, DayField, InstantField


class TenantSerializer(serializers.ModelSerializer):
    """Shape only: rows are written by services, so `save` is never called.

    Model validators and choices apply; uniqueness is the service's (it knows what to say).
    """

    serializer_field_mapping: ClassVar[dict[type[models.Field], type[serializers.Field]]] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DateTimeField: InstantField,
        models.DateField: DayField,
        models.BooleanField: BooleanField,
    }

    serializer_choice_field = ChoiceField

    def get_validators(self) -> list[Any]:
        """No unique-together queries: they would race, and the service answers them."""
        return []

    def build_standard_field(self, field_name: str, model_field: Any) -> tuple[Any, dict[str, Any]]:
        field_class, kwargs = super().build_standard_field(field_name, model_field)
        kwargs["validators"] = [
            validator
            for validator in kwargs.get("validators", [])
            if not hasattr(validator, "queryset")
        ]
        if not kwargs["validators"]:
            kwargs.pop("validators")
        return field_class, kwargs

    def create(self, validated_data: Any) -> Any:
        raise NotImplementedError("Rows are made by services.")

    def update(self, instance: Any, validated_data: Any) -> Any:
        raise NotImplementedError("Rows are changed by services.")


class ProblemErrorSerializer(serializers.Serializer):
    """What is wrong with one field; nested fields are dotted, the empty name is the whole body."""

    field = serializers.CharField(allow_blank=True)
    message = serializers.CharField()
    code = serializers.CharField(
        required=False, help_text="What a program can answer, such as `rate_implausible`."
    )


class ProblemSerializer(serializers.Serializer):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ProblemErrorSerializer(many=True, required=False)  # type: ignore[assignment]
