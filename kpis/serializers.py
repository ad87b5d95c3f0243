"""The API's shapes of figures, targets, measurements, rollups and imports."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ParseError

from kpis.models import (
    Category,
    CoreArea,
    Kpi,
    Measurement,
    MeasurementImport,
    Period,
    Status,
    StatusOverride,
    Target,
    Unit,
)
from kpis.services.measurements import REASON_MOST
from kpis.values import clean_number
from tenants.api.fields import BooleanField, ChoiceField, DayField, InstantField, TenantRelatedField
from tenants.api.parsers import parse_json
from tenants.api.serializers import TenantSerializer
from tenants.errors import Invalid
from tenants.models import Member

EXACT = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}],
    "description": "An exact decimal: a number, or its text where a double would not hold it.",
}
_CORE_AREA_OF = dict(
    zip(
        Category,
        (
            CoreArea.SYSTEM_RELIABILITY,
            CoreArea.DEVELOPMENT_EFFICIENCY,
            CoreArea.TEAM_PERFORMANCE,
            CoreArea.BUSINESS_IMPACT,
        ),
        strict=True,
    )
)


def exact(number: Decimal | None) -> int | float | str | None:
    """The number for JSON; as text where a double would change it."""
    if number is None:
        return None
    if number == number.to_integral_value() and abs(number) < 2**53:
        return int(number)
    near = float(number)
    return near if Decimal(repr(near)) == number else f"{number:f}"


@extend_schema_field(EXACT)
class ExactNumberField(serializers.Field):
    """An exact decimal, as a number or its text."""

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return clean_number(data, "number")
        except Invalid as error:
            raise serializers.ValidationError(error.message) from error

    def to_representation(self, value: Decimal) -> int | float | str | None:
        return exact(value)


class WordField(ChoiceField):
    """A choice that also takes the usual other spellings of its words."""

    def __init__(self, choices: Any, aliases: Mapping[str, str], **kwargs: Any) -> None:
        self.aliases = dict(aliases)
        super().__init__(choices=choices, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(
            self.aliases.get(data, data) if isinstance(data, str) else data
        )


class KpiSerializer(TenantSerializer):
    unit = WordField(
        Unit.choices, {"%": "percent", "h": "hours", "min": "minutes", "s": "seconds", "d": "days"}
    )
    cadence = WordField(
        Kpi.Cadence.choices,
        dict(zip(Period.values, Kpi.Cadence.values, strict=True)),
        required=False,
    )
    core_area = ChoiceField(
        CoreArea.choices, required=False, help_text="Follows the category where it is left out."
    )
    owner = TenantRelatedField(Member, required=False, allow_null=True)

    class Meta:
        model = Kpi
        fields = [
            "id",
            "key",
            "name",
            "purpose",
            "formula",
            "unit",
            "direction",
            "aggregation",
            "category",
            "core_area",
            "cadence",
            "source",
            "owner",
            "expected_freshness_hours",
            "is_active",
            "created_at",
            "updated_at",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not self.partial and "core_area" not in attrs:
            attrs["core_area"] = _CORE_AREA_OF[Category(attrs["category"])]
        return attrs


class TargetSerializer(TenantSerializer):
    value = ExactNumberField()
    at_risk_value = ExactNumberField(required=False, allow_null=True)
    kpi = TenantRelatedField(Kpi, read_only=True)

    class Meta:
        model = Target
        fields = ["id", "kpi", "value", "at_risk_value", "effective_on", "created_at"]
        read_only_fields: ClassVar[list[str]] = ["created_at"]


class StatusOverrideSerializer(TenantSerializer):
    """A person's word on the status of the period that runs; it ends with that period."""

    kpi = TenantRelatedField(Kpi, read_only=True)
    period = ChoiceField(Period.choices, required=False, help_text="The cadence if not given.")
    status = ChoiceField(
        [(each.value, each.label) for each in (Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK)]
    )
    reason = serializers.CharField(max_length=1000)
    set_by = TenantRelatedField(Member, read_only=True)

    class Meta:
        model = StatusOverride
        fields = ["id", "kpi", "period", "period_start", "status", "reason", "set_by", "created_at"]
        read_only_fields: ClassVar[list[str]] = ["period_start", "created_at"]


class MeasurementSerializer(serializers.ModelSerializer):
    """One measurement as it is kept; bodies are checked by the service, row by row."""

    id = serializers.UUIDField(read_only=True)
    observed_at = InstantField()
    value = ExactNumberField(required=False, allow_null=True)
    numerator = ExactNumberField(required=False, allow_null=True)
    denominator = ExactNumberField(required=False, allow_null=True)
    weight = ExactNumberField(required=False, allow_null=True)
    source = serializers.CharField(required=False, max_length=60)  # type: ignore[assignment]
    corrected_at = InstantField(
        read_only=True, allow_null=True, help_text="When its numbers were corrected last."
    )

    class Meta:
        model = Measurement
        fields = [
            "id",
            "observed_at",
            "value",
            "numerator",
            "denominator",
            "weight",
            "series",
            "source",
            "external_id",
            "corrected_at",
        ]


class MeasurementCorrectionSerializer(serializers.Serializer):
    """What is right of a measurement's numbers, and why; what is left out stays."""

    value = ExactNumberField(required=False, allow_null=True)
    numerator = ExactNumberField(required=False, allow_null=True)
    denominator = ExactNumberField(required=False, allow_null=True)
    weight = ExactNumberField(required=False, allow_null=True)
    reason = serializers.CharField(
        max_length=REASON_MOST, help_text="Why; it stays in the audit trail."
    )


class FieldErrorSerializer(serializers.Serializer):
    field = serializers.CharField(allow_blank=True)
    message = serializers.CharField()


class RejectedSerializer(serializers.Serializer):
    index = serializers.IntegerField(help_text="Place in the list, from 0.")
    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment]


class BatchResultSerializer(serializers.Serializer):
    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = RejectedSerializer(many=True)


class RollupSerializer(serializers.Serializer):
    """A period's figure; dates in the company's zone, both ends inside."""

    period_start = DayField()
    period_end = DayField()
    value = ExactNumberField(allow_null=True)
    n = serializers.IntegerField()
    minimum = ExactNumberField(allow_null=True)
    maximum = ExactNumberField(allow_null=True)
    target = ExactNumberField(allow_null=True)
    status = ChoiceField(Status.choices)
    complete = BooleanField(help_text="The period is over at the client's.")
    override_reason = serializers.CharField(help_text="Why the status was set by hand, if it was.")


class ImportErrorSerializer(serializers.Serializer):
    row = serializers.IntegerField(help_text="Line of the file's table, the header being 1.")
    column = serializers.CharField(allow_blank=True)
    message = serializers.CharField()


class ImportSerializer(TenantSerializer):
    kpi = TenantRelatedField(Kpi, read_only=True)
    errors = ImportErrorSerializer(many=True, read_only=True)  # type: ignore[assignment]
    progress_percent = serializers.SerializerMethodField()

    class Meta:
        model = MeasurementImport
        fields = [
            "id",
            "kpi",
            "filename",
            "size",
            "mapping",
            "options",
            "dry_run",
            "status",
            "problem",
            "progress_percent",
            "rows_total",
            "rows_accepted",
            "rows_duplicate",
            "rows_rejected",
            "rows_skipped",
            "errors",
            "created_at",
            "finished_at",
            "updated_at",
        ]
        read_only_fields = fields

    def get_progress_percent(self, row: MeasurementImport) -> int:
        return row.progress_percent


class JSONTextField(serializers.JSONField):
    """A JSON value, in a form as its text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(binary=False, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            return super().to_internal_value(data)
        try:
            return parse_json(data.encode("utf-8", "surrogatepass"))
        except ParseError as error:
            raise serializers.ValidationError(
                'This is no JSON. Write it such as {"observed_at": "time", "value": "ms"}.'
            ) from error


class ImportStartSerializer(serializers.Serializer):
    """How to read the file; a mapping that is left out is guessed, or stays as it was."""

    mapping = JSONTextField(
        required=False,
        help_text='Which column holds what: {"observed_at": "time", "value": "response_ms"}.',
    )
    options = JSONTextField(
        required=False,
        help_text="numbers (plain, comma_thousands, comma_decimal), dates (iso, day_first,"
        " month_first), time_zone, skip_zero, skip_when {column: value}, source, delimiter,"
        " encoding.",
    )
    dry_run = BooleanField(required=False, default=False)


class ImportCreateSerializer(ImportStartSerializer):
    """The multipart form of a new import."""

    file = serializers.FileField(allow_empty_file=True)
    kpi = TenantRelatedField(Kpi)


def field_errors(errors: Mapping[str, str]) -> list[dict[str, str]]:
    """`{field: message}` as the API's list."""
    return [{"field": name, "message": message} for name, message in errors.items()]
