"""Who may define, measure and judge key figures."""

import datetime as dt

from kpis.models import Kpi, MeasurementImport
from tenants.audit import Actor
from tenants.errors import WrongState
from tenants.policies import check


def check_can_view(*, actor: Actor) -> None:
    """Every member."""
    check(actor, "kpi.view")


def check_can_manage(*, actor: Actor) -> None:
    """Admins and the CTO define figures."""
    check(actor, "kpi.manage")


def check_can_set_target(*, actor: Actor) -> None:
    """Admins, the CTO and executives."""
    check(actor, "kpi.target")


def check_can_measure(*, actor: Actor, kpi: Kpi) -> None:
    """Admins, the CTO and the team, while the figure is in use."""
    check(actor, "kpi.measure")
    check_in_use(kpi)


def check_can_import(*, actor: Actor, kpi: Kpi) -> None:
    """Admins and the CTO, while the figure is in use."""
    check(actor, "kpi.import")
    check_in_use(kpi)


def check_in_use(kpi: Kpi) -> None:
    """Raise WrongState for a figure that was switched off."""
    if not kpi.is_active:
        raise WrongState(f"{kpi.name} is switched off. Switch it on to add measurements.")


def check_can_start(*, actor: Actor, upload: MeasurementImport) -> None:
    """Whoever may import, as long as the file waits or was only tried."""
    check_can_import(actor=actor, kpi=upload.kpi)
    tried = upload.dry_run and upload.status == MeasurementImport.Status.DONE
    if upload.status != MeasurementImport.Status.UPLOADED and not tried:
        raise WrongState(f"This import is {upload.get_status_display().lower()} already.")


def check_can_cancel(*, actor: Actor, upload: MeasurementImport) -> None:
    """Whoever may import, until it is finished."""
    check(actor, "kpi.import")
    if upload.is_finished:
        raise WrongState(f"This import is {upload.get_status_display().lower()} already.")


def check_can_override(*, actor: Actor, period_end: dt.date, today: dt.date) -> None:
    """Whoever may set targets; for a period that is not over, because the word ends with it."""
    check(actor, "kpi.target")
    if period_end < today:
        raise WrongState("That period is over: its status stands as it was.")
