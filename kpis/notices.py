"""Who is told what about key figures."""

from kpis.models import MeasurementImport
from tenants.notifications.kinds import Email, register_kind
from tenants.notifications.links import link_to
from tenants.notifications.services import notify
from tenants.ui.formats import number


def register() -> None:
    """The kinds, from `AppConfig.ready`."""
    register_kind(
        "import.finished",
        label="An import I started is finished",
        group="Key figures",
        permission="kpi.view",
        email=Email.OFF,
    )
    register_kind(
        "import.failed",
        label="An import I started did not get to its end",
        group="Key figures",
        permission="kpi.view",
        email=Email.ONCE,
    )


def tell_finished(upload: MeasurementImport) -> None:
    """The one who started it: what came of the file."""
    if upload.created_by is None:
        return
    failed = upload.status == MeasurementImport.Status.FAILED
    trial = "The trial of " if upload.dry_run else ""
    words = "stopped before its end" if failed else "is finished"
    counts = (
        f"{number(upload.rows_accepted)} rows taken in, {number(upload.rows_duplicate)} were there "
        f"before, {number(upload.rows_rejected)} rejected."
    )
    notify(
        to=[upload.created_by],
        kind="import.failed" if failed else "import.finished",
        title=f"{trial or 'Import of '}{upload.filename} {words}",
        body=upload.problem if failed else counts,
        link=link_to("import_detail", key=upload.kpi.key, import_id=upload.pk),
        target=upload,
        dedupe_key=f"import.finished:{upload.pk}:{upload.job_id}",
    )
