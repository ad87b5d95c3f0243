"""Shape of an import: the file, and what its columns hold."""

from collections.abc import Sequence
from typing import Any

from django import forms

from kpis.imports.cells import DATES, NUMBERS
from kpis.imports.columns import check_mapping, check_options, clean_header
from kpis.imports.preview import Preview, preview_of
from kpis.imports.records import BrokenFile, records
from kpis.models import Aggregation, Kpi, MeasurementImport
from tenants.errors import Invalid
from tenants.ui.forms import ServiceForm

DELIMITER_NAMES = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar"}
ENCODING_NAMES = {"utf-8": "UTF-8", "cp1252": "Windows-1252", "latin-1": "Latin-1"}
_ROLES = {
    "observed_at": "Time",
    "value": "Value",
    "numerator": "Numerator",
    "denominator": "Denominator",
    "weight": "Weight",
    "series": "Note",
    "external_id": "Id of the row",
}
_NEEDED = {
    "observed_at": "Say which column holds the time of each measurement.",
    "value": "Say which column holds the value.",
    "numerator": "Say which column holds the numerator.",
}
_HINTS = {
    "denominator": "Without one each row counts as 1, as a probe that is up (1) or down (0).",
    "series": "What was measured, such as a service.",
    "external_id": "Makes a row that comes again the same one.",
}


class UploadForm(ServiceForm):
    """The file alone; what it holds is looked at afterwards."""

    file = forms.FileField(label="CSV file", allow_empty_file=True, max_length=200)

    def send(self, call: Any, **facts: Any) -> Any:
        """Hand the file over in pieces."""
        file = self.cleaned_data["file"]
        return super().send(call, filename=file.name, size=file.size, pieces=file.chunks(), **facts)


class MappingForm(ServiceForm):
    """Which column holds what, and how numbers and dates are written."""

    numbers = forms.ChoiceField(
        label="Numbers are written",
        choices=[(name, example) for name, example in NUMBERS.items()],
    )
    dates = forms.ChoiceField(
        label="Dates are written",
        choices=[(name, example) for name, example in DATES.items()],
    )
    time_zone = forms.CharField(
        label="Time zone",
        max_length=64,
        required=False,
        help_text="For times that name none.",
    )
    delimiter = forms.ChoiceField(
        label="Columns are parted by", choices=list(DELIMITER_NAMES.items())
    )
    skip_zero = forms.BooleanField(label="Leave out rows whose value is 0", required=False)
    skip_column = forms.ChoiceField(label="Leave out rows where", required=False)
    skip_value = forms.CharField(label="holds", max_length=120, required=False, strip=True)

    def __init__(self, data: Any = None, *, upload: MeasurementImport) -> None:
        self.upload = upload
        self.kpi: Kpi = upload.kpi
        super().__init__(data, initial=self._initial())
        self.header = self._read_header()
        columns = [(name, name) for name in dict.fromkeys(self.header) if name]
        self.roles = roles_of(self.kpi)
        for role in self.roles:
            self.fields[f"mapping_{role}"] = forms.ChoiceField(
                label=_ROLES[role],
                choices=[("", "No column"), *columns],
                required=self._needs(role),
                error_messages={"required": _NEEDED.get(role, "")},
                help_text=_HINTS.get(role, ""),
                initial=upload.mapping.get(role, ""),
            )
        skip = self.fields["skip_column"]
        assert isinstance(skip, forms.ChoiceField)  # noqa: S101  for the type checker
        skip.choices = [("", "Never"), *columns]
        if self.kpi.aggregation in (Aggregation.RATIO, Aggregation.COUNT):
            del self.fields["skip_zero"]

    def _needs(self, role: str) -> bool:
        """Whether the figure cannot be read without that column."""
        counts = self.kpi.aggregation == Aggregation.COUNT
        return role in _NEEDED and not (role == "value" and counts)

    def _initial(self) -> dict[str, Any]:
        options = self.upload.options
        [*skip] = (options.get("skip_when") or {}).items()
        return {
            "numbers": options.get("numbers", "plain"),
            "dates": options.get("dates", "iso"),
            "time_zone": options.get("time_zone") or self.kpi.built_time_zone,
            "delimiter": options["delimiter"],
            "skip_zero": options.get("skip_zero", False),
            "skip_column": skip[0][0] if skip else "",
            "skip_value": skip[0][1] if skip else "",
        }

    def _read_header(self) -> list[str]:
        """The columns under the delimiter that was sent, or under the one that was found."""
        sent = self.data.get("delimiter") if self.is_bound else None
        if sent in DELIMITER_NAMES:
            self.upload.options = self.upload.options | {"delimiter": sent}
        try:
            return clean_header(next(records(self.upload))[0])
        except (Invalid, BrokenFile, StopIteration):
            return []

    def mapping(self) -> dict[str, str]:
        """The chosen columns by field."""
        chosen = {role: self.cleaned_data.get(f"mapping_{role}", "") for role in self.roles}
        return {role: column for role, column in chosen.items() if column}

    def options(self) -> dict[str, Any]:
        """How the file is written, and what of it is left out."""
        data = self.cleaned_data
        skip = data["skip_column"]
        return {
            "numbers": data["numbers"],
            "dates": data["dates"],
            "time_zone": data["time_zone"],
            "delimiter": data["delimiter"],
            "skip_zero": data.get("skip_zero", False),
            "skip_when": {skip: data["skip_value"]} if skip else {},
        }

    def checked_preview(self, upload: MeasurementImport) -> Preview | None:
        """The first rows as they would be read so; None with the errors in their places."""

        def check() -> Preview:
            options = check_options(self.options(), header=self.header)
            mapping = check_mapping(self.mapping(), header=self.header, kpi=self.kpi)
            return preview_of(upload, mapping=mapping, options=options)

        return self.send(check)  # type: ignore[no-any-return]

    def send(self, call: Any, **facts: Any) -> Any:
        """What the service answers, or None with its errors in their places."""
        try:
            return call(**facts)
        except Invalid as refused:
            for name, message in (refused.errors or {"": refused.message}).items():
                field = self._field_of(name)
                self.add_error(field if field in self.fields else None, message)
            return None

    @staticmethod
    def _field_of(name: str) -> str:
        """The field for what the service calls `mapping.value` or `options.dates`."""
        kind, _, rest = name.partition(".")
        field = {"mapping": f"mapping_{rest}", "options": rest}.get(kind, name)
        return "skip_column" if field == "skip_when" else field


def roles_of(kpi: Kpi) -> Sequence[str]:
    """What a column can hold for this figure."""
    if kpi.aggregation == Aggregation.RATIO:
        parts = ["numerator", "denominator"]
    else:
        parts = ["value"]
    if kpi.aggregation == Aggregation.WEIGHTED_MEAN:
        parts.append("weight")
    return ["observed_at", *parts, "series", "external_id"]
