"""What of the figures stands in the company's currency."""

from kpis.models import Kpi, Measurement, Target
from kpis.models.kpi import Unit
from tenants import currencies


@currencies.register
def measured_money() -> str:
    """Figures in money that have values or targets."""
    of_money = Kpi.objects.filter(unit=Unit.MONEY)
    for kpi in of_money.only("id", "name"):
        measured = Measurement.objects.filter(kpi_id=kpi.pk).exists()
        if measured or Target.objects.filter(kpi_id=kpi.pk).exists():
            return f"the values of “{kpi.name}”"
    return ""
